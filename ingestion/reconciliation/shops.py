"""What a shop answers: its counts, and the amounts of the last 30 whole days.

An app that is shown 60 days of orders alone is not asked how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.rest_api.typing import Endpoint

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import rest, shopify
from ingestion.sources.sql_types import DELETED_AT

DAYS = 30


def of_shopify(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield the counts of all tables, and the sum of recent orders."""
    client, there = shopify.client_of(settings), f"{DELETED_AT} is null"
    for table in shopify.TABLES:
        if table is shopify.ORDERS and not shopify.shows_all_orders(client):
            continue
        count = _count(client, table.name)
        yield Figure(table.name, "count", "all that is there", count, condition=there)
    yield _recent_orders(client, there)


def _recent_orders(client: RESTClient, there: str) -> Figure:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = today - timedelta(days=DAYS), today - timedelta(seconds=1)
    listed = shopify.pages(
        client,
        shopify.ORDERS.name,
        fields="id,total_price",
        created_at_min=first.isoformat(),
        created_at_max=last.isoformat(),
    )
    amounts = [Decimal(one["total_price"]) for page in listed for one in page]
    return Figure(
        shopify.ORDERS.name,
        "sum of total_price",
        f"created {first.date()} to {last.date()}",
        sum(amounts, Decimal(0)),
        "sum(total_price)",
        f"{there} and created_at between timestamptz '{first.isoformat()}'"
        f" and timestamptz '{last.isoformat()}'",
    )


def _count(client: RESTClient, table: str) -> Decimal:
    asked: Endpoint = {
        "path": shopify.api_path(f"{table}/count.json"),
        "params": {**shopify.FILTERS.get(table, {})},
    }
    return Decimal(rest.answer(client, asked, has="count")["count"])
