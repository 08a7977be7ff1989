"""What a declared REST API answers: its own count, or a listing that is counted.

A tool that says how many records it has is asked for that. Otherwise a list that can be
asked for what has changed is listed from a day before the newest change that is known,
and any other list whole. A list below another is counted only where the tool counts it:
listing it would ask for each record above.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import duckdb
from dlt.common import jsonpath

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ingestion.reconciliation.figure import Figure
from ingestion.sources import rest
from ingestion.sources.answers import checked_list
from ingestion.sources.contract import moment
from ingestion.sources.rest_api import lists_of, present
from ingestion.sources.rest_lists import Lists
from ingestion.sources.rest_requests import first_request
from ingestion.sources.rest_tables import Reading
from ingestion.sources.sql_types import DELETED_AT, column_name

COMPARED = timedelta(days=1)
"""How long before the newest change a list is compared with the same rows here."""
_THERE = f"{DELETED_AT} is null"


def of_rest_api(settings: Settings, name: str) -> Iterator[Figure]:
    """Yield the count of each list that can be counted without asking for each record.

    Raises:
        CdpError: As ``rest.pages`` does.
        Misconfigured: There is no number where ``count`` says.
    """
    lists = lists_of(settings, name)
    for reading in lists.readings.values():
        if reading.count:
            found = _said(lists, reading)
            yield Figure(
                reading.table.name,
                "count",
                "all that is there",
                found,
                condition=_THERE,
            )
        elif not reading.above:
            yield _listed(settings, name, lists, reading)


def _said(lists: Lists, reading: Reading) -> Decimal:
    path, selector = reading.count.get("path"), reading.count["selector"]
    asked: Any = {"method": reading.endpoint.get("method", "GET")}
    if not reading.above:
        asked = first_request(reading, None)
    asked |= {"paginator": "single_page", "data_selector": "$"}
    asked["path"] = path or asked["path"]
    pages = rest.pages(lists.client, asked, check=checked_list(selector))
    said = jsonpath.find_values(selector, next(pages).response.json())
    try:
        return Decimal(str(said[0]))
    except InvalidOperation:
        raise Misconfigured(
            f"what the answer has at {selector} is no number",
            place=f"{reading.place}.count",
            fix="Check path and selector",
        ) from None


def _listed(settings: Settings, name: str, lists: Lists, reading: Reading) -> Figure:
    table, cursor = reading.table, reading.table.cursor
    newest = _newest(settings, name, reading) if cursor else None
    since = newest - COMPARED if newest is not None else None
    keys = {
        document[table.key]
        for documents in present(lists, reading, since)
        for document in documents
        if since is None or _is_changed_since(document.get(str(cursor)), since)
    }
    condition, asked = _THERE, "all rows"
    if cursor and since is not None:
        asked = f"those changed since {since:%Y-%m-%d %H:%M}"
        is_later = f"\"{column_name(cursor)}\" >= timestamptz '{since.isoformat()}'"
        condition = f"{is_later} and {_THERE}"
    return Figure(table.name, "count", asked, Decimal(len(keys)), condition=condition)


def _newest(settings: Settings, name: str, reading: Reading) -> datetime | None:
    cursor = column_name(str(reading.table.cursor))
    with open_warehouse(settings, f"reconcile {name}") as connection:
        try:
            found = connection.execute(
                f'select max("{cursor}") from raw_{name}.{reading.table.name}'  # noqa: S608 - names that dlt made
            ).fetchone()
        except duckdb.CatalogException:
            return None
    return moment(found[0]) if found and found[0] is not None else None


def _is_changed_since(changed: Any, since: datetime) -> bool:
    try:
        return moment(changed) >= since
    except (ValueError, OverflowError, OSError):
        return False  # it is kept apart here
