"""How far a live connection has come in the event log."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cdp.errors import Misconfigured, Unavailable
from cdp.event import format_time
from cdp.settings import Settings


class Pause(msgspec.Struct, frozen=True):
    """Why a connection's events wait for the operator.

    Attributes:
        since: When the tool first refused us, ISO 8601.
        reason: What it refuses us with now.
    """

    since: str
    reason: str


class Cursor(msgspec.Struct, frozen=True):
    """A place in the log, after which nothing has been delivered.

    Attributes:
        positions: Offset by partition; every line before it has its outcome on disk.
        failed_tries: Attempts so far at what comes next; 0 where none has failed.
        outcomes_from: Offset in the connection's own deliveries, after which there are
            only outcomes of events behind this place.
        pause: Why it does not move; None where the tool does not refuse us.
    """

    positions: dict[str, int] = {}
    failed_tries: int = 0
    outcomes_from: int = 0
    pause: Pause | None = None

    def after_failure(self, tries: int, refusal: str = "") -> Cursor:
        """Return the same place with so many failed attempts at what comes next.

        Args:
            tries: The attempts, earlier ones included.
            refusal: Why the tool refuses us; empty where it does not.
        """
        since = self.pause.since if self.pause else format_time(datetime.now(UTC))
        pause = Pause(since, refusal) if refusal else None
        return Cursor(self.positions, tries, self.outcomes_from, pause)


def cursor_file(settings: Settings, connection: str) -> Path:
    """Return where a connection's cursor is."""
    return settings.data_dir / "forward" / f"{connection}.json"


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
