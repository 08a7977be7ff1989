"""Zendesk as a dlt source: users, tickets and comments by the incremental exports.

The export hands out every record once more after each change, in order, with a cursor
after each page: a load that was cut off goes on there. Once the stream has ended the
next load begins ten minutes before the newest change it has seen, for records that
become visible after their time; rows are merged on id.

Comments come with the export of ticket events, a page of up to 1,000 for all tickets,
instead of one request for each ticket. That export knows times alone: the next load
begins five minutes before the last event seen, and what was seen there adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
import requests
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
from ingestion.sources.watermark import Watermark

LAG = timedelta(minutes=10)

USERS = Table(
    "users",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="name email phone external_id role",
        bigint="id",
        bool="active shared_phone_number",
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
COMMENTS = Table(
    "comments",
    key="id",
    cursor="created_at",
    columns=columns(
        text="body channel",
        bigint="id ticket_id author_id",
        bool="public",
        timestamp="created_at",
    ),
)
TABLES = (USERS, TICKETS)
_LAG = timedelta(minutes=5)
EVENTS_PER_PAGE = 1_000
_YOUNGEST_START = timedelta(seconds=90)


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the help desk in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = new_client(rest.section_of_kind(settings, "zendesk"))

    @dlt.source(name="zendesk", max_table_nesting=0)
    def zendesk() -> list[Any]:
        return [
            *(_resource(client, table, rows_per_load) for table in TABLES),
            _comments(client, rows_per_load),
        ]

    return zendesk()


def new_client(section: dict[str, Any]) -> RESTClient:
    """Return a client of the help desk of this section."""
    return rest.new_client(
        {
            "base_url": str(section["url"]),
            "auth": {
                "type": "http_basic",
                "username": f"{section['email']}/token",
                "password": section["api_token"],
            },
        }
    )


def _resource(client: RESTClient, table: Table, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, str(table.cursor), LAG)
        start, cursor = mark.start(), state.get("cursor")
        since = int(start.timestamp()) if start else 0
        for page in rest.pages(
            client,
            {
                "path": f"api/v2/incremental/{table.name}/cursor.json",
                "params": {"cursor": cursor} if cursor else {"start_time": since},
                "paginator": {"type": "json_link", "next_url_path": "after_url"},
                "data_selector": table.name,
            },
        ):
            answer = page.response.json()
            state["cursor"] = answer.get("after_cursor") or cursor
            is_last = bool(answer.get("end_of_stream"))
            if is_last:
                del state["cursor"]
            yield mark.take_new(list(page))
            if is_last:  # the last page names a next one, too
                return

    return resource(table, read, rows_per_load)


class EndTimePaginator(JSONLinkPaginator):
    """Follows ``next_page`` until the end; the last page names a next one too."""

    def __init__(self) -> None:
        super().__init__(next_url_path="next_page")

    def update_state(
        self, response: requests.Response, data: list[Any] | None = None
    ) -> None:
        """Take the next page's address from an answer that is not the last one."""
        super().update_state(response, data)
        answer = response.json()
        is_short = int(answer.get("count") or 0) < EVENTS_PER_PAGE
        if answer.get("end_of_stream", is_short):
            self._has_next_page = False


def _comments(client: RESTClient, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, COMMENTS.key, "created_at", _LAG)
        for page in rest.pages(
            client,
            {
                "path": "api/v2/incremental/ticket_events.json",
                "params": {"start_time": _start(state), "include": "comment_events"},
                "paginator": EndTimePaginator(),
                "data_selector": "ticket_events",
            },
        ):
            state["end_time"] = page.response.json().get("end_time") or _start(state)
            found = [comment for event in page for comment in _comments_of(event)]
            yield mark.take_new(sorted(found, key=_created_at))

    return resource(COMMENTS, read, rows_per_load)


def _start(state: State) -> int:
    """Return the second to read from; one that is too recent would be refused."""
    end_time = state.get("end_time")
    if end_time is None:
        return 0
    youngest = (datetime.now(UTC) - _YOUNGEST_START).timestamp()
    return max(0, int(min(end_time - _LAG.total_seconds(), youngest)))


def _comments_of(event: Document) -> Iterator[Document]:
    for child in event.get("child_events") or []:
        if child.get("event_type") == "Comment":
            yield {
                "id": child.get("id"),
                "ticket_id": event.get("ticket_id"),
                "author_id": child.get("author_id") or event.get("updater_id"),
                "body": child.get("body"),
                "public": child.get("public", child.get("comment_public")),
                "channel": event.get("via"),
                "created_at": child.get("created_at") or event.get("created_at"),
            }


def _created_at(comment: Document) -> str:
    return str(comment["created_at"])
