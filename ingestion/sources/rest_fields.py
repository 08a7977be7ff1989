"""Fields of a record that say when it has changed, and that it is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.sources.tables import Document


@dataclass(frozen=True, slots=True)
class Cursor:
    """How a list is asked for what has changed.

    Attributes:
        field: The field with the time of change.
        param: The parameter that takes the time; "" where a placeholder does.
        lag: How much is read again.
        form: How the tool writes times.
        initial: What the first load asks for; "" for nothing.
    """

    field: str
    param: str
    lag: timedelta
    form: str
    initial: str

    def text(self, start: datetime | None) -> str:
        """Return a time to read from as the tool writes it; "" for the beginning."""
        if start is None:
            return self.initial
        if self.form == "unix":
            return str(int(start.timestamp()))
        if self.form == "unix_ms":
            return str(int(start.timestamp() * 1000))
        utc = start.astimezone(UTC)
        return f"{utc:%Y-%m-%d}" if self.form == "date" else f"{utc:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a deleted record looks like.

    Attributes:
        field: The field that says so.
        value: What it holds then, as text; "" where any time, or true, does.
    """

    field: str
    value: str = ""

    def moment(self, document: Document, changed: Any) -> Any:
        """Return when a record was deleted; None where it was not.

        Args:
            document: The record.
            changed: Its time of change, which stands in for a mark without a time.
        """
        found = document.get(self.field)
        if self.value:
            is_marked = str(found).lower() == self.value.lower()
        else:
            is_marked = bool(found)
        if not is_marked:
            return None
        if self.value or found is True or found == 1:
            return changed or datetime.now(UTC).isoformat()
        return found
