"""Shopify as a dlt source: orders, customers and products of the Admin REST API.

Every list is asked for in the order of change, from ten minutes before the newest
change that is known; rows are merged on id. A refund, an edit or a cancellation moves
``updated_at`` of its order. Line items, discounts and refunds stay in their order, as
JSON. A next page is named by the ``Link`` header, and its address has all that the
list was asked for:
https://shopify.dev/docs/api/admin-rest/usage/pagination
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator

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

API = "admin/api/2025-07"
LAG = timedelta(minutes=10)
PAGE_SIZE = 250

ORDERS = Table(
    "orders",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="name email phone currency financial_status fulfillment_status"
        " cancel_reason source_name",
        bigint="id order_number",
        bool="test",
        decimal="total_price subtotal_price total_tax total_discounts"
        " current_total_price",
        json="customer line_items shipping_lines discount_codes"
        " discount_applications refunds note_attributes",
        timestamp="created_at updated_at processed_at cancelled_at",
    ),
)
CUSTOMERS = Table(
    "customers",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="email phone first_name last_name state tags",
        bigint="id orders_count",
        bool="verified_email",
        decimal="total_spent",
        json="default_address email_marketing_consent",
        timestamp="created_at updated_at",
    ),
)
PRODUCTS = Table(
    "products",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="title vendor product_type handle status tags",
        bigint="id",
        json="variants options",
        timestamp="created_at updated_at published_at",
    ),
)
TABLES = (ORDERS, CUSTOMERS, PRODUCTS)
FILTERS = {"orders": {"status": "any"}}  # without it closed orders are left out


def new_client(settings: Settings) -> RESTClient:
    """Return a client of the store in ``headwater.yml``.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "shopify")
    auth = APIKeyAuth("X-Shopify-Access-Token", section["access_token"])
    return rest.new_client(str(section["url"]), auth)


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the store in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = new_client(settings)

    @dlt.source(name="shopify", max_table_nesting=0)
    def shopify() -> list[Any]:
        return [_resource(client, table, rows_per_load) for table in TABLES]

    return shopify()


def _resource(client: RESTClient, table: Table, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, str(table.cursor), LAG)
        parameters = {"limit": str(PAGE_SIZE), "order": "updated_at asc"}
        parameters |= FILTERS.get(table.name, {})
        if (start := mark.start()) is not None:
            parameters["updated_at_min"] = start.isoformat(timespec="seconds")
        for page in rest.pages(
            client,
            f"{API}/{table.name}.json",
            params=parameters,
            paginator=HeaderLinkPaginator(),
            data_selector=table.name,
        ):
            yield mark.take_new(list(page))

    return resource(table, read, rows_per_load)
