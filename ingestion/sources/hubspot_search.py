"""Searching HubSpot for more records than one search hands out.

Source: https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ingestion.sources.hubspot_tables import Reading
from ingestion.sources.tables import Document, moment

SEARCH_ROWS = 200
SEARCH_LIMIT = 10_000
"""A search refuses to go on behind so many records."""

Ask = Callable[[dict[str, Any]], Any]
_MILLISECOND = timedelta(milliseconds=1)


def changed_since(
    search: Ask, reading: Reading, start: datetime
) -> Iterator[list[Document]]:
    """Yield the records that have changed since then, oldest change first.

    Args:
        search: Asks the vendor: the body of a search, without what is to be shown.
        reading: Which object.
        start: The first moment.
    """
    while True:
        since = _filter(reading.clock, "GTE", _milliseconds(start))
        last, was_cut = "", False
        for found, is_cut in _until_limit(search, [since], reading.clock):
            last, was_cut = (found[-1]["updatedAt"] if found else last), is_cut
            yield found
        if not was_cut or not last:
            return
        if moment(last) > start:
            start = moment(last)
            continue
        yield from _same_time(search, reading.clock, start)
        start += _MILLISECOND


def _same_time(search: Ask, clock: str, instant: datetime) -> Iterator[list[Document]]:
    """Yield more than 10,000 records that changed in one millisecond, by id."""
    was_cut, last = True, "0"
    while was_cut:
        same = _filter(clock, "EQ", _milliseconds(instant))
        behind = _filter("hs_object_id", "GT", last)
        for found, is_cut in _until_limit(search, [same, behind], "hs_object_id"):
            last, was_cut = (found[-1]["id"] if found else last), is_cut
            yield found


def _until_limit(
    search: Ask, filters: list[dict[str, str]], sort: str
) -> Iterator[tuple[list[Document], bool]]:
    """Yield the pages of one search, and whether the limit cut it off there."""
    request: dict[str, Any] = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
    }
    while True:
        answer = search(request)
        after = after_of(answer)
        is_cut = after is not None and int(after) + SEARCH_ROWS > SEARCH_LIMIT
        yield answer["results"], is_cut
        if after is None or is_cut:
            return
        request["after"] = after


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _milliseconds(instant: datetime) -> str:
    return str(int(instant.timestamp() * 1000))


def after_of(answer: Any) -> str | None:
    """Return where the next page of an answer begins; None behind the last."""
    after = answer.get("paging", {}).get("next", {}).get("after")
    return None if after is None else str(after)
