"""The online store in a file of this machine (LMDB)."""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import lmdb

from cdp.errors import Unavailable

# Address space, not disk: the file grows with its content.
_MAP_BYTES = 64 * 1024**3
_LONGEST_KEY = 500
_KEYS_A_TRANSACTION = 10_000
_EXPIRY = struct.Struct(">Q")
_NEVER = _EXPIRY.pack(0)


class LmdbStore:
    """Values by key in a folder; one process writes at a time, any number reads.

    Each value is preceded by the millisecond at which it ends (0: never).

    Args:
        folder: Where the file is.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            # metasync off: a power cut may undo the last transaction, never tear it
            self._file = lmdb.open(
                str(folder), map_size=_MAP_BYTES, metasync=False, max_readers=512
            )
        except lmdb.Error as error:
            raise Unavailable(
                f"the online store cannot be opened ({error})", place=str(folder)
            ) from error
        self._folder = folder

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values of these keys as of one moment, None for absent ones."""
        try:
            with self._file.begin() as reader:
                found = [reader.get(_encoded(key)) for key in keys]
        except lmdb.Error as error:
            raise self._unavailable(error) from error
        return [_living(value) if value is not None else None for value in found]

    async def fetch(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values; at microseconds a key there is nothing to wait for."""
        return self.read(keys)

    def write(
        self,
        values: Iterable[tuple[str, bytes]],
        *,
        ttl_seconds: float | None = None,
    ) -> int:
        """Set values, replacing each as a whole; return how many."""
        expiry = _NEVER
        if ttl_seconds is not None:
            expiry = _EXPIRY.pack(int((time.time() + ttl_seconds) * 1000))
        remaining, written = iter(values), 0
        try:
            while chunk := list(islice(remaining, _KEYS_A_TRANSACTION)):
                with self._file.begin(write=True) as writer:
                    for key, value in chunk:
                        writer.put(_encoded(key), expiry + value)
                written += len(chunk)
        except lmdb.Error as error:
            raise self._unavailable(error) from error
        return written

    def delete(self, keys: Iterable[str]) -> None:
        """Remove keys; absent ones do no harm."""
        remaining = iter(keys)
        try:
            while chunk := list(islice(remaining, _KEYS_A_TRANSACTION)):
                with self._file.begin(write=True) as writer:
                    for key in chunk:
                        writer.delete(_encoded(key))
        except lmdb.Error as error:
            raise self._unavailable(error) from error

    def sweep(self, prefix: str) -> int:
        """Free the room of ended values whose keys begin so; return how many."""
        try:
            ended = self._ended(prefix.encode())
            if ended:
                with self._file.begin(write=True) as writer:
                    for key in ended:
                        writer.delete(key)
        except lmdb.Error as error:
            raise self._unavailable(error) from error
        return len(ended)

    def _ended(self, start: bytes) -> list[bytes]:
        ended = []
        with self._file.begin() as reader:
            cursor = reader.cursor()
            found = cursor.set_range(start)
            while found and cursor.key().startswith(start):
                if _living(cursor.value()) is None:
                    ended.append(bytes(cursor.key()))
                found = cursor.next()
        return ended

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    async def aclose(self) -> None:
        """Do nothing: reading opens nothing."""

    def _unavailable(self, error: lmdb.Error) -> Unavailable:
        return Unavailable(
            f"the online store does not answer ({type(error).__name__})",
            place=str(self._folder),
        )


def _encoded(key: str) -> bytes:
    """Return a key within LMDB's limit; one that is too long becomes its digest."""
    encoded = key.encode()
    if len(encoded) <= _LONGEST_KEY:
        return encoded
    kind = encoded.split(b":", 1)[0]
    return kind + b":sha256:" + hashlib.sha256(encoded).digest()


def _living(value: bytes) -> bytes | None:
    (expires,) = _EXPIRY.unpack_from(value)
    if expires and expires <= time.time() * 1000:
        return None
    return value[_EXPIRY.size :]
