"""A folder of objects: in S3, in Google Cloud Storage, or on a local disk.

An object is there whole or not at all: the stores make it visible when it is complete,
and on a disk it is written beside its name, made durable, and then renamed.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyarrow import ArrowException, fs

from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal
from cdp.errors import Misconfigured

_CONNECT_SECONDS = 10.0
_REQUEST_SECONDS = 60.0
_RETRIES = timedelta(seconds=1)  # by default Google's library tries for 15 minutes
# in the words of the two vendors' libraries, which raise one class for everything
_REFUSED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|NO_SUCH_BUCKET"
    r"|INVALID_CLIENT_TOKEN_ID|UNRECOGNIZED_CLIENT|ACCOUNT_PROBLEM|INVALID_SIGNATURE"
    r"|PERMISSION_DENIED|UNAUTHENTICATED|NOT_FOUND|Bucket does not exist"
    r"|HTTP status 40[134]|HTTP status 301|Path does not exist"
)


class Folder:
    """One folder.

    Args:
        settings: ``url``, and for S3 ``access_key_id``, ``secret_access_key``,
            ``region``, ``endpoint``.

    Raises:
        Misconfigured: The address is of no store that is known.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.url = str(settings["url"]).rstrip("/")
        parts = urlsplit(self.url)
        self._disk: Path | None = None
        self._store: fs.FileSystem | None = None
        self._settings = settings
        self._scheme = parts.scheme
        self._root = f"{parts.netloc}{parts.path}"
        if parts.scheme in {"", "file"}:
            self._disk = Path(parts.path)
        elif parts.scheme not in {"s3", "gs"} or not parts.netloc:
            raise Misconfigured(
                f"{self.url} is no folder that can be written to",
                place="object_storage.url",
                fix="Write s3://bucket/folder, gs://bucket/folder or a local path",
            )

    def write(self, name: str, content: bytes) -> None:
        """Write an object, whole or not at all; one that is there is replaced.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        with _judged():
            if self._disk is not None:
                _write_file(self._disk / name, content)
                return
            store, path = self._open(), f"{self._root}/{name}"
            # by default Arrow would zip once more what is called .gz
            with store.open_output_stream(path, compression=None) as stream:
                stream.write(content)

    def read(self, name: str) -> bytes:
        """Return an object's content.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        with _judged():
            if self._disk is not None:
                return (self._disk / name).read_bytes()
            path = f"{self._root}/{name}"
            with self._open().open_input_stream(path, compression=None) as stream:
                return bytes(stream.read())

    def has(self, name: str) -> bool:
        """Say whether an object is there.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        with _judged():
            if self._disk is not None:
                return (self._disk / name).exists()
            (found,) = self._open().get_file_info([f"{self._root}/{name}"])
            return bool(found.type == fs.FileType.File)

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects in a folder; none where it is not there.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        with _judged():
            if self._disk is not None:
                return sorted(one.name for one in (self._disk / folder).glob("*.json"))
            selector = fs.FileSelector(f"{self._root}/{folder}", allow_not_found=True)
            return sorted(one.base_name for one in self._open().get_file_info(selector))

    def delete(self, name: str) -> None:
        """Delete an object, if it is there.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        with _judged():
            if self._disk is not None:
                (self._disk / name).unlink(missing_ok=True)
                return
            with suppress(FileNotFoundError):
                self._open().delete_file(f"{self._root}/{name}")

    def _open(self) -> fs.FileSystem:
        if self._store is None:
            is_s3 = self._scheme == "s3"
            self._store = self._open_s3() if is_s3 else self._open_google()
        return self._store

    def _open_s3(self) -> fs.FileSystem:
        settings = self._settings
        endpoint = urlsplit(str(settings.get("endpoint") or ""))
        return fs.S3FileSystem(
            access_key=settings.get("access_key_id") or None,
            secret_key=settings.get("secret_access_key") or None,
            region=settings.get("region") or None,
            scheme="http" if endpoint.scheme == "http" else "https",
            endpoint_override=endpoint.netloc or None,
            connect_timeout=_CONNECT_SECONDS,
            request_timeout=_REQUEST_SECONDS,
            # small objects in one request; the stubs do not know it yet
            allow_delayed_open=True,  # type: ignore[call-arg]
            # the caller waits between attempts, and tells of them
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=1),
        )

    def _open_google(self) -> fs.FileSystem:
        endpoint = urlsplit(str(self._settings.get("endpoint") or ""))
        if not endpoint.netloc:
            return fs.GcsFileSystem(retry_time_limit=_RETRIES)
        return fs.GcsFileSystem(
            anonymous=True,  # an emulator
            scheme=endpoint.scheme,
            endpoint_override=endpoint.netloc,
            retry_time_limit=_RETRIES,
        )


def _write_file(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _judged() -> Iterator[None]:
    try:
        yield
    except (OSError, ArrowException) as error:
        words = (
            str(error).split("\n", maxsplit=1)[0].split(" error_info=", maxsplit=1)[0]
        )
        never = PermissionError, FileNotFoundError, NotADirectoryError
        is_ours = isinstance(error, never) or _REFUSED.search(str(error))
        status = Status.MISCONFIGURED if is_ours else Status.RETRY
        raise NotTaken(Outcome(status, without_personal(words))) from error
