"""HubSpot as a dlt source: contacts, companies and deals with what they belong to.

The first load goes through the list of each object, which has no end; later ones search
for what changed, from ten minutes before the newest change seen. A search hands out
10,000 records at most: then a new one begins at the last time that was seen, and where
more records than that share one time, they are read by id. A search knows neither
associations nor former values; they are asked for, for many records at once.

The list of archived records is read each time, so a record that is deleted arrives once
more with ``archived`` true. One that was merged into another, or deleted for good, is
told of by nothing: once a day the ids are listed and compared.

Source: https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.rest_api.typing import Endpoint

from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.deletions import Compared, IdLists
from ingestion.sources.hubspot_search import after_of, changed_since
from ingestion.sources.hubspot_tables import (
    COMPANIES,
    CONTACTS,
    DEALS,
    READINGS,
    Reading,
)
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    resource,
)
from ingestion.sources.watermark import Watermark

__all__ = ["COMPANIES", "CONTACTS", "DEALS", "new_client", "source"]

LAG = timedelta(minutes=10)
LIST_ROWS = 100
HISTORY_ROWS = 50
"""At most so many records are told with the former values of their properties."""


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the account in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "hubspot")
    client = new_client(section)
    more = section.get("properties") or {}

    @dlt.source(name="hubspot", max_table_nesting=0)
    def hubspot() -> list[Any]:
        return [
            _resource(client, reading.with_more(more), rows_per_load)
            for reading in READINGS
        ]

    return hubspot()


def new_client(section: dict[str, Any]) -> RESTClient:
    """Return a client of the account of this section."""
    return rest.new_client(
        {
            "base_url": str(section["url"]),
            "auth": {"type": "bearer", "token": section["token"]},
            "paginator": {
                "type": "cursor",
                "cursor_path": "paging.next.after",
                "cursor_param": "after",
            },
        }
    )


def id_lists(settings: Settings) -> IdLists:
    """Return what lists all ids, by table: nothing tells of every delete.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = new_client(rest.section_of_kind(settings, "hubspot"))
    return {
        Compared(
            "hubspot", one.table.name, ("id",), condition="archived is not true"
        ): partial(_ids, client, one)
        for one in READINGS
    }


def _ids(client: RESTClient, reading: Reading) -> Iterator[list[str]]:
    for page in _list(client, reading, {"properties": "hs_object_id"}):
        yield [str(one["id"]) for one in page]


def _resource(client: RESTClient, reading: Reading, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        if "is_listed" not in state:
            yield from _listed(client, reading, state)
        else:
            yield from _changed(client, reading, state)
        yield from _archived(client, reading, state)

    return resource(reading.table, read, rows_per_load)


def _listed(
    client: RESTClient, reading: Reading, state: State
) -> Iterator[list[Document]]:
    mark = Watermark(state, "id", str(reading.table.cursor), LAG)
    began = state.setdefault("began", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")
    for page in _shown(client, reading, state.get("after")):
        rows = mark.take_new([reading.row(one) for one in page])
        if (after := after_of(page)) is not None:
            state["after"] = after
        elif "newest" in state:
            # what changed behind the list's back is newer than its beginning
            state["newest"] = min(state["newest"], began)
            state["is_listed"] = True
        yield rows


def _archived(
    client: RESTClient, reading: Reading, state: State
) -> Iterator[list[Document]]:
    known: dict[str, str] = state.get("archived", {})
    listed: dict[str, str] = {}
    for page in _shown(client, reading, None, is_archived=True):
        rows = [reading.row(one) for one in page]
        times = {row["id"]: str(row["archivedAt"]) for row in rows}
        listed |= times
        state["archived"] = known | listed if after_of(page) is not None else listed
        yield [row for row in rows if known.get(row["id"]) != times[row["id"]]]


def _shown(
    client: RESTClient,
    reading: Reading,
    after: str | None,
    *,
    is_archived: bool = False,
) -> Iterator[PageData[Any]]:
    parameters = {
        "properties": ",".join(reading.properties),
        "archived": "true" if is_archived else "false",
    }
    if reading.associations:
        parameters["associations"] = ",".join(reading.associations)
    if reading.history:
        parameters["propertiesWithHistory"] = ",".join(reading.history)
        parameters["limit"] = str(HISTORY_ROWS)
    if after is not None:
        parameters["after"] = after
    return _list(client, reading, parameters)


def _list(
    client: RESTClient, reading: Reading, parameters: dict[str, str]
) -> Iterator[PageData[Any]]:
    listed: Endpoint = {
        "path": f"crm/v3/objects/{reading.table.name}",
        "params": {"limit": str(LIST_ROWS), **parameters},
        "data_selector": "results",
    }
    return rest.pages(client, listed)


def _changed(
    client: RESTClient, reading: Reading, state: State
) -> Iterator[list[Document]]:
    mark = Watermark(state, "id", str(reading.table.cursor), LAG)
    for found in changed_since(client, reading, mark.start() or datetime.now(UTC)):
        rows = mark.take_new([reading.row(one) for one in found])
        _associate(client, reading, rows)
        _remember(client, reading, rows)
        yield rows


def _associate(client: RESTClient, reading: Reading, rows: list[Document]) -> None:
    """Ask what the records of a page belong to, and write it into them."""
    for other in reading.associations if rows else ():
        path = f"crm/v4/associations/{reading.table.name}/{other}/batch/read"
        body = {"inputs": [{"id": row["id"]} for row in rows]}
        asked: Endpoint = {"path": path, "method": "POST", "json": body}
        answer = rest.answer(client, asked, has="results")
        ids = {
            str(one["from"]["id"]): sorted({str(to["toObjectId"]) for to in one["to"]})
            for one in answer["results"]
        }
        for row in rows:
            row[reading.associations[other]] = ids.get(row["id"], [])


def _remember(client: RESTClient, reading: Reading, rows: list[Document]) -> None:
    """Ask which values the records of a page had before, and write them into them."""
    path = f"crm/v3/objects/{reading.table.name}/batch/read"
    for first in range(0, len(rows), HISTORY_ROWS) if reading.history else ():
        some = rows[first : first + HISTORY_ROWS]
        body = {
            "inputs": [{"id": row["id"]} for row in some],
            "properties": [],
            "propertiesWithHistory": list(reading.history),
        }
        asked: Endpoint = {"path": path, "method": "POST", "json": body}
        answer = rest.answer(client, asked, has="results")
        told = {str(one["id"]): one for one in answer["results"]}
        for row in some:
            row.update(reading.former_values(told.get(row["id"], {})))
