"""Reading an advertising platform's figures by day, of which the last ones still move.

Platforms restate: a conversion is added to the day of its click, a click is found to be
invalid and its cost is given back. So every load asks again for the last days, in
stretches of a month. A day that is as it was adds no row. A day that is not replaces
what the warehouse has of it, so that a line that the platform took back goes too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE
from ingestion.sources.advertising_kinds import FIRST_LOAD_DAYS
from ingestion.sources.tables import Document, State

STRETCH_DAYS = 30
FetchDays = Callable[[date, date], Iterator[list[Document]]]
"""Yields pages of rows from one day to another, both included."""

_encode = msgspec.json.Encoder(order="sorted", decimal_format="string").encode


@dataclass(frozen=True, slots=True)
class Period:
    """Which days a load asks for.

    Attributes:
        first_day: Where the first load begins.
        restated_days: How many days before the last one read are read again.
        last_day: The last one there can be.
    """

    first_day: date
    restated_days: int
    last_day: date

    def start(self, state: State) -> date:
        """Return the first day to ask for, given how far the loads before came."""
        read_until = state.get("read_until")
        if read_until is None:
            return self.first_day
        again = date.fromisoformat(read_until) - timedelta(days=self.restated_days)
        return max(again, self.first_day)


def period_of(section: Mapping[str, Any], usual_restated_days: int) -> Period:
    """Return the days that a source's settings ask for.

    Raises:
        Misconfigured: ``first_day`` is no day or ``restated_days`` no number.
    """
    today = datetime.now(UTC).date()
    first, again = section.get("first_day"), section.get("restated_days")
    try:
        first_day = date.fromisoformat(str(first)) if first else None
        days = usual_restated_days if again is None else int(again)
    except ValueError as error:
        raise Misconfigured(
            "first_day must be a day and restated_days a number",
            place=WORKSPACE_FILE,
            fix="Write them as 2026-01-31 and 28",
        ) from error
    return Period(first_day or today - timedelta(days=FIRST_LOAD_DAYS), days, today)


def changed_days(
    state: State, period: Period, day: str, fetch: FetchDays
) -> Iterator[list[Document]]:
    """Yield the rows of the days that are new or not as they were, whole days only.

    Args:
        state: What dlt keeps for the table: ``read_until``, and a hash of each day that
            may still change.
        period: Which days to ask for.
        day: The field of a row that says which day it is about.
        fetch: Asks the platform.
    """
    first = period.start(state)
    while first <= period.last_day:
        last = min(first + timedelta(days=STRETCH_DAYS - 1), period.last_day)
        by_day: dict[str, list[Document]] = {}
        for rows in fetch(first, last):
            for row in rows:
                by_day.setdefault(str(row.get(day)), []).append(row)
        changed = _note(state, by_day)
        _note_progress(state, period, last)
        yield changed
        first = last + timedelta(days=1)


def _note(state: State, by_day: dict[str, list[Document]]) -> list[Document]:
    hashes: dict[str, str] = dict(state.get("hashes", {}))
    changed: list[Document] = []
    for name, rows in sorted(by_day.items()):
        lines = sorted(_encode(row) for row in rows)
        found = hashlib.sha256(b"\n".join(lines)).hexdigest()[:32]
        if hashes.get(name) != found:
            hashes[name] = found
            changed += rows
    state["hashes"] = hashes
    return changed


def _note_progress(state: State, period: Period, last: date) -> None:
    state["read_until"] = max(last.isoformat(), state.get("read_until", ""))
    oldest = period.start(state).isoformat()
    state["hashes"] = {
        day: found for day, found in state["hashes"].items() if day >= oldest
    }
