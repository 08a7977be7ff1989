"""Searching HubSpot for more records than one search hands out.

Source: https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.rest_api.typing import Endpoint

from ingestion.sources import rest
from ingestion.sources.hubspot_tables import Reading
from ingestion.sources.tables import Document, moment

SEARCH_ROWS = 200
SEARCH_LIMIT = 10_000
"""A search refuses to go on behind so many records."""

_MILLISECOND = timedelta(milliseconds=1)


def search(
    client: RESTClient, name: str, body: dict[str, Any]
) -> Iterator[PageData[Any]]:
    """Yield the pages that a search finds.

    Args:
        client: The account.
        name: contacts, companies or deals.
        body: What is searched, and what is shown of it.

    Raises:
        CdpError: As ``rest.pages`` does.
    """
    found: Endpoint = {
        "path": f"crm/v3/objects/{name}/search",
        "method": "POST",
        "json": body,
        "paginator": {
            "type": "cursor",
            "cursor_path": "paging.next.after",
            "cursor_body_path": "after",
        },
        "data_selector": "results",
    }
    return rest.pages(client, found)


def changed_since(
    client: RESTClient, reading: Reading, start: datetime
) -> Iterator[list[Document]]:
    """Yield the records that have changed since then, oldest change first.

    Args:
        client: The account.
        reading: Which object.
        start: The first moment.
    """
    while True:
        since = _filter(reading.clock, "GTE", _milliseconds(start))
        last, was_cut = "", False
        for found, is_cut in _until_limit(client, reading, [since], reading.clock):
            last, was_cut = (found[-1]["updatedAt"] if found else last), is_cut
            yield found
        if not was_cut or not last:
            return
        if moment(last) > start:
            start = moment(last)
            continue
        yield from _same_time(client, reading, start)
        start += _MILLISECOND


def _same_time(
    client: RESTClient, reading: Reading, instant: datetime
) -> Iterator[list[Document]]:
    """Yield more than 10,000 records that changed in one millisecond, by id."""
    was_cut, last = True, "0"
    while was_cut:
        same = _filter(reading.clock, "EQ", _milliseconds(instant))
        both = [same, _filter("hs_object_id", "GT", last)]
        for found, is_cut in _until_limit(client, reading, both, "hs_object_id"):
            last, was_cut = (found[-1]["id"] if found else last), is_cut
            yield found


def _until_limit(
    client: RESTClient, reading: Reading, filters: list[dict[str, str]], sort: str
) -> Iterator[tuple[list[Document], bool]]:
    """Yield the pages of one search, and whether the limit cut it off there."""
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
        "properties": list(reading.properties),
        "limit": SEARCH_ROWS,
    }
    for page in search(client, reading.table.name, body):
        after = after_of(page)
        is_cut = after is not None and int(after) + SEARCH_ROWS > SEARCH_LIMIT
        yield list(page), is_cut
        if is_cut:
            return


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _milliseconds(instant: datetime) -> str:
    return str(int(instant.timestamp() * 1000))


def after_of(page: PageData[Any]) -> str | None:
    """Return where the next page begins; None behind the last."""
    after = page.response.json().get("paging", {}).get("next", {}).get("after")
    return None if after is None else str(after)
