"""HubSpot as a dlt source: contacts, companies and deals with what they belong to.

The first load goes through the list of each object, which has no end; later ones search
for what changed, from ten minutes before the newest change seen. A search hands out
10,000 records at most: then a new one begins at the last time that was seen, and where
more records than that share one time, they are read by id. A search knows no
associations; they are asked for, for all records of a page at once.

The list of archived records is read each time, so a record that is deleted arrives once
more with ``archived`` true.

Source: https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

from cdp.settings import Settings
from ingestion.sources import rest
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
    moment,
    resource,
)
from ingestion.sources.watermark import Watermark

__all__ = ["COMPANIES", "CONTACTS", "DEALS", "new_client", "source"]

LAG = timedelta(minutes=10)
LIST_ROWS = 100
SEARCH_ROWS = 200
SEARCH_LIMIT = 10_000
"""A search refuses to go on behind so many records."""

_MILLISECOND = timedelta(milliseconds=1)
_Ask = Callable[[dict[str, Any]], Any]


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
    return rest.new_client(str(section["url"]), BearerTokenAuth(str(section["token"])))


def ask(client: RESTClient, path: str, **options: Any) -> Any:
    """Return one answer.

    Raises:
        CdpError: As ``rest.pages`` says.
    """
    answers = rest.pages(
        client, path, paginator=SinglePagePaginator(), data_selector="$", **options
    )
    return next(iter(answers)).response.json()


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
    while True:
        answer = _list(client, reading, state.get("after"))
        after = _after(answer)
        rows = mark.take_new([reading.row(one) for one in answer["results"]])
        if after is not None:
            state["after"] = after
        elif "newest" in state:
            # what changed behind the list's back is newer than its beginning
            state["newest"] = min(state["newest"], began)
            state["is_listed"] = True
        yield rows
        if after is None:
            return


def _archived(
    client: RESTClient, reading: Reading, state: State
) -> Iterator[list[Document]]:
    known: dict[str, str] = state.get("archived", {})
    listed: dict[str, str] = {}
    after: str | None = None
    while True:
        answer = _list(client, reading, after, is_archived=True)
        rows = [reading.row(one) for one in answer["results"]]
        times = {row["id"]: str(row["archivedAt"]) for row in rows}
        after = _after(answer)
        listed |= times
        state["archived"] = known | listed if after is not None else listed
        yield [row for row in rows if known.get(row["id"]) != times[row["id"]]]
        if after is None:
            return


def _list(
    client: RESTClient,
    reading: Reading,
    after: str | None,
    *,
    is_archived: bool = False,
) -> Any:
    parameters = {
        "limit": str(LIST_ROWS),
        "properties": ",".join(reading.properties),
        "archived": "true" if is_archived else "false",
    }
    if reading.associations:
        parameters["associations"] = ",".join(reading.associations)
    if after is not None:
        parameters["after"] = after
    return ask(client, f"crm/v3/objects/{reading.table.name}", params=parameters)


def _changed(
    client: RESTClient, reading: Reading, state: State
) -> Iterator[list[Document]]:
    mark = Watermark(state, "id", str(reading.table.cursor), LAG)

    def search(request: dict[str, Any]) -> Any:
        path = f"crm/v3/objects/{reading.table.name}/search"
        body = {**request, "properties": list(reading.properties)}
        return ask(client, path, method="POST", json={**body, "limit": SEARCH_ROWS})

    for found in _found(search, reading, mark.start() or datetime.now(UTC)):
        rows = mark.take_new([reading.row(one) for one in found])
        _associate(client, reading, rows)
        yield rows


def _found(search: _Ask, reading: Reading, start: datetime) -> Iterator[list[Document]]:
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


def _same_time(search: _Ask, clock: str, instant: datetime) -> Iterator[list[Document]]:
    """Yield more than 10,000 records that changed in one millisecond, by id."""
    was_cut, last = True, "0"
    while was_cut:
        same = _filter(clock, "EQ", _milliseconds(instant))
        behind = _filter("hs_object_id", "GT", last)
        for found, is_cut in _until_limit(search, [same, behind], "hs_object_id"):
            last, was_cut = (found[-1]["id"] if found else last), is_cut
            yield found


def _until_limit(
    search: _Ask, filters: list[dict[str, str]], sort: str
) -> Iterator[tuple[list[Document], bool]]:
    """Yield the pages of one search, and whether the limit cut it off there."""
    request: dict[str, Any] = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
    }
    while True:
        answer = search(request)
        after = _after(answer)
        is_cut = after is not None and int(after) + SEARCH_ROWS > SEARCH_LIMIT
        yield answer["results"], is_cut
        if after is None or is_cut:
            return
        request["after"] = after


def _associate(client: RESTClient, reading: Reading, rows: list[Document]) -> None:
    """Ask what the records of a page belong to, and write it into them."""
    for other in reading.associations if rows else ():
        path = f"crm/v4/associations/{reading.table.name}/{other}/batch/read"
        body = {"inputs": [{"id": row["id"]} for row in rows]}
        found = ask(client, path, method="POST", json=body)["results"]
        ids = {
            str(one["from"]["id"]): sorted({str(to["toObjectId"]) for to in one["to"]})
            for one in found
        }
        for row in rows:
            row[reading.associations[other]] = ids.get(row["id"], [])


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _milliseconds(instant: datetime) -> str:
    return str(int(instant.timestamp() * 1000))


def _after(answer: Any) -> str | None:
    after = answer.get("paging", {}).get("next", {}).get("after")
    return None if after is None else str(after)
