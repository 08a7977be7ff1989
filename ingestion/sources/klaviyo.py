"""Klaviyo as a dlt source: profiles and email events, JSON:API by cursor links.

Profiles are read in order of ``updated``, events in order of ``datetime``, from a while
before the newest one seen, and merged on id. A document's attributes become columns;
its relationships stay JSON. ``properties`` of a profile holds what our own sync writes
there: it lands here, but staging leaves it out, so that no trait comes back as news.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    Table,
    columns,
    resource,
)
from ingestion.sources.watermark import Watermark

REVISION = "2026-07-15"

PROFILES = Table(
    "profiles",
    key="id",
    cursor="updated",
    columns=columns(
        text="id type email phone_number external_id first_name last_name organization"
        " title locale image",
        json="location properties subscriptions",
        timestamp="created updated last_event_date",
    ),
)
EVENTS = Table(
    "events",
    key="id",
    cursor="datetime",
    columns=columns(
        text="id type uuid metric_name",
        bigint="timestamp",
        json="event_properties relationships",
        timestamp="datetime",
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table is asked for.

    Attributes:
        table: The table.
        operator: The filter that the vendor takes on the table's cursor.
        parameters: Further query parameters.
        lag: How much is read again each time.
    """

    table: Table
    operator: str
    parameters: Mapping[str, str]
    lag: timedelta


READINGS = (
    Reading(
        PROFILES,
        "greater-than",
        {"page[size]": "100", "additional-fields[profile]": "subscriptions"},
        timedelta(minutes=10),
    ),
    Reading(
        EVENTS,
        "greater-or-equal",
        {"page[size]": "1000", "include": "metric"},
        timedelta(hours=1),
    ),
)


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the account in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "klaviyo")
    key = f"Klaviyo-API-Key {section['api_key']}"
    client = rest.new_client(
        str(section["url"]),
        APIKeyAuth(name="Authorization", api_key=key, location="header"),
        {"revision": REVISION, "accept": "application/vnd.api+json"},
    )

    @dlt.source(name="klaviyo", max_table_nesting=0)
    def klaviyo() -> list[Any]:
        return [_resource(client, reading, rows_per_load) for reading in READINGS]

    return klaviyo()


def _resource(client: RESTClient, reading: Reading, rows_per_load: int) -> Any:
    table, cursor = reading.table, str(reading.table.cursor)

    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, cursor, reading.lag)
        parameters = {**reading.parameters, "sort": cursor}
        start = mark.start()
        if start is not None:
            moment = f"{start:%Y-%m-%dT%H:%M:%SZ}"
            parameters["filter"] = f"{reading.operator}({cursor},{moment})"
        for page in rest.pages(
            client,
            f"api/{table.name}",
            params=parameters,
            paginator=JSONLinkPaginator(next_url_path="links.next"),
            data_selector="data",
        ):
            yield mark.take_new(_flattened(page))

    return resource(table, read, rows_per_load)


def _flattened(page: PageData[Any]) -> list[Document]:
    """Return documents with their attributes as fields, and an event's metric."""
    included = page.response.json().get("included", [])
    metrics = {one["id"]: one["attributes"].get("name") for one in included}
    flattened = []
    for document in page:
        row = {"id": document["id"], "type": document["type"], **document["attributes"]}
        if document["type"] == "event":
            related = document.get("relationships", {})
            metric = (related.get("metric", {}).get("data") or {}).get("id")
            row |= {"relationships": related, "metric_name": metrics.get(metric)}
        flattened.append(row)
    return flattened
