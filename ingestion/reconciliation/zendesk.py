"""What Zendesk answers: its counts, and the comments that its newest tickets have.

It counts users and tickets; comments it counts by ticket alone, in a list of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from dlt.sources.helpers.rest_client.client import RESTClient

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import rest, zendesk

LISTED_PAGES = 5
_LISTED_TICKETS = 100
_TOLERANCE = Decimal("0.01")  # it says itself that its counts lag behind
_CONDITIONS = {"users": "active is not false", "tickets": "status <> 'deleted'"}


def of_zendesk(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield the counts of users and tickets, and of the newest tickets' comments."""
    client = zendesk.new_client(rest.section_of_kind(settings, "zendesk"))
    for table, condition in _CONDITIONS.items():
        path = f"api/v2/{table}/count.json"
        answer = rest.answer(client, {"path": path}, has="count")
        yield Figure(
            table,
            "count",
            "all that is there",
            Decimal(answer["count"]["value"]),
            condition=condition,
            tolerance=_TOLERANCE,
        )
    yield _comments(client)


def _comments(client: RESTClient) -> Figure:
    pages = rest.pages(
        client,
        {
            "path": "api/v2/tickets.json",
            "params": {
                "include": "comment_count",
                "sort_by": "id",
                "sort_order": "desc",
                "per_page": _LISTED_TICKETS,
            },
            "paginator": {"type": "json_link", "next_url_path": "next_page"},
            "data_selector": "tickets",
        },
    )
    tickets = [one for page in islice(pages, LISTED_PAGES) for one in page]
    ids = ", ".join(str(int(one["id"])) for one in tickets)
    return Figure(
        zendesk.COMMENTS.name,
        "count",
        f"the newest {len(tickets):,} tickets",
        Decimal(sum(int(one["comment_count"]) for one in tickets)),
        condition=f"ticket_id in ({ids})" if ids else "false",
        tolerance=_TOLERANCE,
    )
