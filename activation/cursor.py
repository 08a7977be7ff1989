"""How far a live connection has come in the event log."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from cdp.errors import Misconfigured, Unavailable


class Cursor(msgspec.Struct, frozen=True):
    """A place in the log, after which nothing has been delivered.

    Attributes:
        positions: Offset by partition; every line before it has its outcome on disk.
        failed_tries: Attempts so far at what comes next; 0 where none has failed.
        outcomes_from: Offset in the connection's own deliveries, after which there are
            only outcomes of events behind this place.
    """

    positions: dict[str, int] = {}
    failed_tries: int = 0
    outcomes_from: int = 0

    def after_failure(self, tries: int) -> Cursor:
        """Return the same place with so many failed attempts at what comes next."""
        return Cursor(self.positions, tries, self.outcomes_from)


def read_cursor(file: Path) -> Cursor:
    """Return the cursor, or the beginning where there is none yet.

    Raises:
        Misconfigured: The file is damaged.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=Cursor)
    except FileNotFoundError:
        return Cursor()
    except msgspec.DecodeError as error:
        raise Misconfigured(
            "the cursor is not readable",
            place=str(file),
            fix="Remove the file to deliver everything again, or put it right",
        ) from error


def write_cursor(file: Path, cursor: Cursor) -> None:
    """Replace the cursor; it is on disk when this returns, the old one or the new.

    Raises:
        Unavailable: The disk refused; the old one stays.
    """
    try:
        _write(file, msgspec.json.encode(cursor))
    except OSError as error:
        raise Unavailable(
            f"the cursor cannot be written ({error.strerror})",
            place=str(file),
            fix="Free some disk space",
        ) from error


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    with new.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
