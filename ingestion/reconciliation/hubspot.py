"""What HubSpot answers: the total that a search of everything tells.

It adds nothing up: the amounts of the newest deals are, and of the same ones here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import hubspot, rest
from ingestion.sources.contract import to_cents
from ingestion.sources.hubspot_search import SEARCH_ROWS, after_of
from ingestion.sources.hubspot_tables import DEALS, READINGS
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import Document

LISTED_PAGES = 5
_HERE = f"archived is not true and {DELETED_AT} is null"


def of_hubspot(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield the count of each object that is there, and the amounts of newest deals."""
    client = hubspot.new_client(rest.section_of_kind(settings, "hubspot"))
    for reading in READINGS:
        found = _search(client, reading.table.name, "ASCENDING", limit=1)
        yield Figure(
            reading.table.name,
            "count",
            "all that is there",
            Decimal(found["total"]),
            condition=_HERE,
        )
    yield _newest_amounts(client)


def _newest_amounts(client: RESTClient) -> Figure:
    deals: list[Document] = []
    after: str | None = "0"
    for _ in range(LISTED_PAGES):
        found = _search(
            client,
            DEALS.name,
            "DESCENDING",
            limit=SEARCH_ROWS,
            properties=["amount"],
            after=after,
        )
        deals += found["results"]
        if (after := after_of(found)) is None:
            break
    amounts = [to_cents(one["properties"].get("amount")) for one in deals]
    ids = ", ".join(f"'{int(one['id'])}'" for one in deals)
    return Figure(
        DEALS.name,
        "sum of amount",
        f"the newest {len(deals):,}",
        # what is no figure was kept apart here
        sum((one for one in amounts if isinstance(one, Decimal)), Decimal(0)),
        "sum(amount)",
        f"{_HERE} and id in ({ids})" if ids else "false",
    )


def _search(client: RESTClient, name: str, direction: str, **more: Any) -> Any:
    everything = {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}
    request = {
        "filterGroups": [{"filters": [everything]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": direction}],
        **more,
    }
    path = f"crm/v3/objects/{name}/search"
    return rest.answer(client, path, has="total", method="POST", json=request)
