"""How far a table has been read that a vendor sorts by the time of change.

A record can become visible a little after its time, so every read begins some minutes
before the newest record it has seen. What was seen there is remembered by key and time,
so that reading it again adds nothing: a load of nothing new is a load of no rows.

A record dated later than now, by a clock that runs ahead, is taken like any other; the
table still counts as read up to now at most. Else records with the right time would be
passed over, and a vendor may refuse to be asked for changes of the future. One without
a time that can be read, or without a key, is handed on whenever it comes: the contract
judges it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingestion.sources.tables import Document, State, moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Watermark:
    """The newest time of change, and what was seen shortly before it.

    Attributes:
        state: What dlt keeps for the table, committed with its rows.
        key: The field that tells records apart.
        cursor: The field that holds the time of change.
        lag: How much is read again.
    """

    state: State
    key: str
    cursor: str
    lag: timedelta

    def start(self) -> datetime | None:
        """Return where to begin to read; None is the beginning."""
        newest = self.state.get("newest")
        return self._lagging(newest) if newest else None

    def take_new(self, documents: Sequence[Document]) -> list[Document]:
        """Return the documents that were not seen before, and remember them.

        Args:
            documents: One page, oldest change first.
        """
        seen: dict[str, str] = self.state.get("seen", {})
        newest = self.state.get("newest", "")
        new = []
        for document in documents:
            changed, key = self._changed(document), str(document.get(self.key))
            if changed is None or document.get(self.key) is None:
                new.append(document)
                continue
            if seen.get(key) != changed:
                seen[key] = changed
                new.append(document)
            newest = max(newest, changed)
        if newest:
            oldest = _text(self._lagging(newest))
            self.state["newest"] = newest
            self.state["seen"] = {
                key: changed for key, changed in seen.items() if changed >= oldest
            }
        return new

    def _changed(self, document: Document) -> str | None:
        try:
            return _text(moment(document.get(self.cursor)))
        except (ValueError, OverflowError, OSError):
            return None

    def _lagging(self, newest: str) -> datetime:
        # no tool has changes from before 1970, though a record may say so
        latest = max(moment(newest), _EPOCH + self.lag)
        return min(latest, datetime.now(UTC)) - self.lag


def _text(changed: datetime) -> str:
    naive = changed.astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='microseconds')}Z"
