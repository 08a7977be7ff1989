"""Shopify as a dlt source: orders, customers and products of the Admin REST API.

Each table is read in order of ``updated_at``, which moves with every change, from ten
minutes before the newest record seen, and merged on id. An order comes whole: its line
items, discounts and refunds are nested in it as Shopify sends them, so a refund is a
change of its order. Pages are followed by the ``Link`` header.

Shopify does not tell of deletes: once a day the ids are listed and compared. An app
without the scope ``read_all_orders`` is shown the orders of the last 60 days alone; the
others are not deleted, so its orders are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.client import RESTClient

from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.deletions import Compared, IdLists
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    Table,
    columns,
    resource,
)
from ingestion.sources.watermark import Watermark

API_VERSION = "2026-10"
PAGE_ROWS = "250"
LAG = timedelta(minutes=10)
ALL_ORDERS = "read_all_orders"

ORDERS = Table(
    "orders",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="name email currency financial_status fulfillment_status cancel_reason"
        " source_name tags",
        bigint="id order_number",
        decimal="total_line_items_price total_discounts subtotal_price total_tax"
        " total_price",
        bool="test",
        json="customer line_items discount_codes discount_applications refunds"
        " note_attributes shipping_lines total_shipping_price_set",
        timestamp=f"created_at updated_at processed_at closed_at cancelled_at"
        f" {DELETED_AT}",
    ),
)
CUSTOMERS = Table(
    "customers",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="email first_name last_name phone state currency tags"
        " multipass_identifier",
        bigint="id orders_count",
        decimal="total_spent",
        bool="verified_email",
        json="default_address",
        timestamp=f"created_at updated_at {DELETED_AT}",
    ),
)
PRODUCTS = Table(
    "products",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="title handle vendor product_type status tags",
        bigint="id",
        json="variants",
        timestamp=f"created_at updated_at published_at {DELETED_AT}",
    ),
)
TABLES = (ORDERS, CUSTOMERS, PRODUCTS)
FILTERS: Mapping[str, Mapping[str, str]] = {"orders": {"status": "any"}}
"""What a list must be asked for, lest it leave archived and cancelled orders out."""


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the shop in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = client_of(settings)

    @dlt.source(name="shopify", max_table_nesting=0)
    def shopify() -> list[Any]:
        return [_resource(client, table, rows_per_load) for table in TABLES]

    return shopify()


def client_of(settings: Settings) -> RESTClient:
    """Return a client of the shop in ``headwater.yml``.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "shopify")
    return rest.new_client(
        {
            "base_url": str(section["url"]),
            "auth": {
                "type": "api_key",
                "name": "X-Shopify-Access-Token",
                "api_key": section["access_token"],
            },
            "paginator": "header_link",
        }
    )


def pages(
    client: RESTClient, table: str, **parameters: str
) -> Iterator[list[Document]]:
    """Yield the pages of a list.

    Args:
        client: The shop.
        table: orders, customers or products.
        parameters: Of the first page; the links to the others hold them.

    Raises:
        CdpError: As ``rest.pages`` does.
    """
    found = rest.pages(
        client,
        {
            "path": api_path(f"{table}.json"),
            "params": {"limit": PAGE_ROWS, **FILTERS.get(table, {}), **parameters},
            "data_selector": table,
        },
    )
    for page in found:
        yield list(page)


def api_path(path: str) -> str:
    """Return the path of a resource of the Admin API."""
    return f"admin/api/{API_VERSION}/{path}"


def id_lists(settings: Settings) -> IdLists:
    """Return what lists all ids, by table: nothing tells of every delete.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = client_of(settings)
    return {
        Compared("shopify", table.name, ("id",)): partial(_ids, client, table)
        for table in TABLES
    }


def shows_all_orders(client: RESTClient) -> bool:
    """Tell whether the app is shown orders of more than the last 60 days."""
    path = "admin/oauth/access_scopes.json"
    shown = rest.answer(client, {"path": path}, has="access_scopes")["access_scopes"]
    return any(scope.get("handle") == ALL_ORDERS for scope in shown)


def _ids(client: RESTClient, table: Table) -> Iterator[list[str]] | None:
    """Return pages of all ids; None where some are hidden."""
    if table is ORDERS and not shows_all_orders(client):
        return None
    listed = pages(client, table.name, fields="id")
    return ([str(one["id"]) for one in page] for page in listed)


def _resource(client: RESTClient, table: Table, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, "updated_at", LAG)
        parameters = {"order": "updated_at asc"}
        if (start := mark.start()) is not None:
            parameters["updated_at_min"] = f"{start:%Y-%m-%dT%H:%M:%S}+00:00"
        for page in pages(client, table.name, **parameters):
            yield mark.take_new(page)

    return resource(table, read, rows_per_load)
