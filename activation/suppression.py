"""People who asked to be left alone: no event and no record of theirs goes out.

The list holds hashes only. It grows by one line an entry; the last word on an entry
counts, so that a person can be taken off again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from activation.destinations.mapping import EMAIL, PHONE, find
from cdp.errors import Misconfigured, Rejected

KINDS = ("user_id", "anonymous_id", "email", "phone")
_RECORD_FIELDS = {
    "email": "email",
    "phone": "phone",
    "phone_number": "phone",
    "user_id": "user_id",
    "external_id": "user_id",
}


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the list.

    Attributes:
        digest: SHA-256 of kind and identifier, in hex.
        kind: user_id, anonymous_id, email or phone.
        is_suppressed: False takes the person off the list again.
        noted_at: When, ISO 8601.
    """

    digest: str
    kind: str
    is_suppressed: bool
    noted_at: str


def digest_of(kind: str, value: str) -> str:
    """Return what an identifier is kept as; spelling of addresses does not matter."""
    text = value.strip()
    if kind == "email":
        text = text.lower()
    elif kind == "phone":
        text = "".join(one for one in text if one.isdigit())
    return hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()


class SuppressionList:
    """The list of one workspace, read again when the file has changed.

    Args:
        data_dir: The workspace's data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "suppression.ndjson"
        self._seen: tuple[int, int] | None = None
        self._digests: frozenset[str] = frozenset()

    def add(self, kind: str, value: str, *, is_suppressed: bool = True) -> None:
        """Put an identifier on the list, or take it off; on disk when this returns.

        Raises:
            Rejected: The kind is not known, or the identifier is empty.
        """
        if kind not in KINDS or not value.strip():
            raise Rejected(
                "there is no such identifier", fix=f"Use one of {', '.join(KINDS)}"
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(digest_of(kind, value), kind, is_suppressed, now)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as handle:
            handle.write(msgspec.json.encode(entry) + b"\n")
            handle.flush()
            os.fsync(handle.fileno())

    def entries(self) -> list[Entry]:
        """Return those on the list now, the oldest first.

        Raises:
            Misconfigured: The file is damaged: nobody is guessed to be off the list.
        """
        latest: dict[str, Entry] = {}
        content = self._file.read_bytes() if self._file.exists() else b""
        for number, line in enumerate(content.splitlines(), 1):
            try:
                entry = msgspec.json.decode(line, type=Entry)
            except msgspec.DecodeError as error:
                raise Misconfigured(
                    "the suppression list is not readable",
                    place=f"{self._file}:{number}",
                    fix="Put the line right; nothing is sent meanwhile",
                ) from error
            latest[entry.digest] = entry
        return [entry for entry in latest.values() if entry.is_suppressed]

    def refresh(self) -> None:
        """Read the file again if it has changed."""
        try:
            status = self._file.stat()
            state = (status.st_mtime_ns, status.st_size)
        except FileNotFoundError:
            state = (0, 0)
        if state != self._seen:
            self._digests = frozenset(entry.digest for entry in self.entries())
            self._seen = state

    def has_event(self, event: Mapping[str, Any]) -> bool:
        """Say whether any identifier of an event is on the list."""
        return bool(self._digests) and any(
            digest_of(kind, value) in self._digests
            for kind, value in _identifiers(event)
        )

    def has_record(self, record: Mapping[str, Any]) -> bool:
        """Say whether any identifier of a record for a tool is on the list."""
        return bool(self._digests) and any(
            digest_of(kind, str(value)) in self._digests
            for name, value in record.items()
            if value and (kind := _RECORD_FIELDS.get(name.lower().strip("_$")))
        )


def _identifiers(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, paths in (
        ("user_id", ("userId", "previousId")),
        ("anonymous_id", ("anonymousId", "previousId")),
        ("email", EMAIL),
        ("phone", PHONE),
    ):
        for path in paths:
            value = find(event, path)
            if isinstance(value, str | int):
                yield kind, str(value)
