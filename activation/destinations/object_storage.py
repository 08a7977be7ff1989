"""Object storage: events and rows as files in S3, Google Cloud Storage or a folder."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request
from activation.destinations.object_storage_files import FORMATS, encoded, files_of
from activation.destinations.object_storage_folder import Folder
from activation.destinations.object_storage_journal import Journal
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.told_key import told_key
from activation.values import encode, plain
from cdp.errors import Misconfigured, Rejected
from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

_MOST_BYTES = 64_000_000
_BATCH_SIZE = 10_000
_DELIVERED = Outcome(Status.DELIVERED)

KIND = Kind(
    "object_storage",
    "Files in S3, Google Cloud Storage or a local folder.",
    settings=(
        Setting("url", "s3://bucket/folder, gs://bucket/folder or a local path."),
        Setting(
            "format",
            "Gzipped lines of JSON, or Parquet; rows of syncs are always lines.",
            default="ndjson",
            choices=tuple(FORMATS),
        ),
        Setting(
            "batch_size",
            "Events that are written together, at most.",
            default=_BATCH_SIZE,
            kind="number",
        ),
        Setting(
            "access_key_id",
            "Key of S3; by default what the machine has (environment, profile, role).",
            is_required=False,
        ),
        Setting("secret_access_key", "Its secret.", is_secret=True, is_required=False),
        Setting("region", "Region of the bucket.", is_required=False),
        Setting(
            "endpoint",
            "Address of another store that speaks S3, or of an emulator of Google's.",
            is_required=False,
            form=ADDRESS,
        ),
    ),
    purpose="storage",
)


class ObjectStorage:
    """Events as files.

    Args:
        settings: As ``KIND`` says.
        client: Not used; every event destination takes it.

    Raises:
        Misconfigured: The folder or the format is not understood.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,  # noqa: ARG002
    ) -> None:
        self._folder = Folder(settings)
        self._journal = Journal(self._folder)
        self._format = str(settings.get("format") or "ndjson")
        if self._format not in FORMATS:
            raise Misconfigured(
                f"{self._format} is not understood",
                place="object_storage.format",
                fix=f"Use {' or '.join(FORMATS)}",
            )
        self.limits = _limits_of(settings)

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the event as it is.

        Raises:
            Rejected: It has no messageId, by which it would be known.
        """
        if not event.get("messageId"):
            raise Rejected("the event has no messageId", place="messageId")
        return (Payload(dict(event)),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done, for people to read; files are divided later.

        The content is what will be in the files, as lines of JSON.
        """
        names = [file.name for file in files_of(items, self._format)]
        name = names[0] if len(names) == 1 else "event=*/date=*/hour=*"
        lines = b"".join(item.content + b"\n" for item in items)
        return Request("PUT", f"{self._folder.url}/{name}", {}, lines)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Write a batch; files that are there already are written again, the same.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        written = self._journal.written()
        files = files_of(items, self._format)
        if any(one in written for file in files for one in file.ids):
            fresh = [
                item
                for file in files
                for one, item in zip(file.ids, file.items, strict=True)
                if one not in written
            ]
            files = files_of(fresh, self._format)
        try:
            if files:
                self._journal.note(files)
            for file in files:
                self._folder.write(file.name, encoded(file.items, self._format))
        except NotTaken:
            self._journal.forget()
            raise
        return [_DELIVERED] * len(items)

    def close(self) -> None:
        """Nothing is held open."""


class ObjectStorageRecords:
    """Rows of a model as files of changes.

    Args:
        settings: As ``KIND`` says.
        object_name: The folder of its files.
        external_id_field: The field that rows are known by, told as ``key``; without it
            the sync's own key is.
        client: Not used; every record destination takes it.
        clock: Seconds of the Unix epoch, for the files' names.
    """

    is_told_key = True

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,  # noqa: ARG002
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = Folder(settings)
        self._object_name = quote(object_name or "records", safe=" ")
        self._key_field = external_id_field
        self._clock = clock
        self.limits = _limits_of(settings)

    def prepare(self, record: Mapping[str, Any], key: str | None = None) -> Item:
        """Return a row that is new or changed."""
        return self._item("upsert", record, key)

    def prepare_removal(
        self, record: Mapping[str, Any], key: str | None = None
    ) -> Item:
        """Return a row that has left the model."""
        return self._item("delete", record, key)

    def _item(self, action: str, record: Mapping[str, Any], key: str | None) -> Item:
        fields = {name: plain(value) for name, value in record.items()}
        body = {"action": action, **told_key(self._key_field, fields, key)}
        return Item(encode({**body, "record": fields}))

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done: lines of JSON in a file named by time."""
        lines = b"".join(item.content + b"\n" for item in items)
        moment = datetime.fromtimestamp(self._clock(), UTC)
        digest = hashlib.sha256(lines).hexdigest()[:32]
        name = f"{self._object_name}/date={moment:%Y-%m-%d}/{moment:%H%M%S}-{digest}"
        return Request("PUT", f"{self._folder.url}/{name}.ndjson.gz", {}, lines)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Write a batch as one file.

        Raises:
            NotTaken: The store could not be reached, or refused.
        """
        request = self.request(items)
        name = request.url.removeprefix(f"{self._folder.url}/")
        self._folder.write(name, gzip.compress(request.content, mtime=0))
        return [_DELIVERED] * len(items)

    def close(self) -> None:
        """Nothing is held open."""


def _limits_of(settings: Mapping[str, Any]) -> Limits:
    size = int(settings.get("batch_size") or _BATCH_SIZE)
    return Limits(records=size, bytes=_MOST_BYTES)
