"""Zendesk as a dlt source: users and tickets by the cursor-based incremental exports.

The export hands out every record once more after each change, in order, with a cursor
after each page. The cursor is all there is to remember: the next load asks what came
after it, a load that was cut off goes on there, and rows are merged on id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.auth import HttpBasicAuth
from dlt.sources.helpers.rest_client.client import RESTClient
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

USERS = Table(
    "users",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="name email external_id role",
        bigint="id",
        timestamp="created_at updated_at",
    ),
)
TICKETS = Table(
    "tickets",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="subject description priority status",
        bigint="id requester_id submitter_id",
        json="via satisfaction_rating tags",
        timestamp="created_at updated_at",
    ),
)
TABLES = (USERS, TICKETS)


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the help desk in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "zendesk")
    auth = HttpBasicAuth(f"{section['email']}/token", section["api_token"])
    client = rest.new_client(str(section["url"]), auth)

    @dlt.source(name="zendesk", max_table_nesting=0)
    def zendesk() -> list[Any]:
        return [_resource(client, table, rows_per_load) for table in TABLES]

    return zendesk()


def _resource(client: RESTClient, table: Table, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        cursor = state.get("cursor")
        for page in rest.pages(
            client,
            f"api/v2/incremental/{table.name}/cursor.json",
            params={"cursor": cursor} if cursor else {"start_time": 0},
            paginator=JSONLinkPaginator(next_url_path="after_url"),
            data_selector=table.name,
        ):
            state["cursor"] = page.response.json().get("after_cursor") or cursor
            yield list(page)

    return resource(table, read, rows_per_load)
