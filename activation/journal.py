"""A run's outcomes on disk, from the answer of the tool until the ledger has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from activation.destinations.outcome import Outcome, Status
from activation.values import encode


class Kept(NamedTuple):
    """What became of one record."""

    record_key: str | None
    row_hash: int | None
    outcome: Outcome
    action: str = "update"
    fields: Mapping[str, Any] | None = None


class Run(msgspec.Struct, frozen=True):
    """The first line of a journal: what the run set out to do."""

    run_id: str
    sync_name: str
    started_at: str
    created_count: int
    updated_count: int
    unchanged_count: int
    deleted_count: int = 0
    destination: str = ""
    object_name: str = ""
    mode: str = ""
    matched_by: str = ""


class Journal:
    """One file a sync: it exists from the start of a run until its end is merged.

    Args:
        file: Where it is.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._handle: int | None = None

    def begin(self, run: Run) -> None:
        """Start a journal."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._handle = os.open(self.file, flags, 0o600)
        self._write([msgspec.json.encode(run)])

    def keep(self, outcomes: Iterable[Kept], at: str) -> None:
        """Write the outcomes of a batch; they are on disk when this returns.

        Args:
            outcomes: What became of each.
            at: When, ISO 8601.
        """
        self._write([encode(_line(one, at)) for one in outcomes])

    def _write(self, lines: list[bytes]) -> None:
        assert self._handle is not None  # noqa: S101 - begin() comes first
        view = memoryview(b"".join(line + b"\n" for line in lines))
        while view:
            view = view[os.write(self._handle, view) :]
        os.fsync(self._handle)

    def read_run(self) -> Run | None:
        """Return what the run set out to do; None where there was no run.

        A last line that a crash has torn is cut off: its batch counts as not sent.
        """
        self.close()
        try:
            content = self.file.read_bytes()
        except FileNotFoundError:
            return None
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(self.file, whole)
        first = content[:whole].split(b"\n", 1)[0]
        return msgspec.json.decode(first, type=Run) if first else None

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def drop(self) -> None:
        """Remove the file: the ledger has what it said."""
        self.close()
        self.file.unlink(missing_ok=True)


def _line(kept: Kept, at: str) -> dict[str, Any]:
    outcome = kept.outcome
    is_delivered = outcome.status is Status.DELIVERED
    return {
        "key": kept.record_key,
        "hash": kept.row_hash,
        "action": kept.action,
        "status": outcome.status,
        "reason": outcome.reason or None,
        "remote_id": outcome.remote_id or None,
        # what the tool has now: the next plan compares with it, a mirror deletes by it
        "fields": encode(kept.fields).decode()
        if is_delivered and kept.fields is not None
        else None,
        "attempted_at": at,
    }
