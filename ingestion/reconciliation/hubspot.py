"""What HubSpot answers: the total that a search of everything tells.

It adds nothing up: the amounts of the newest deals are, and of the same ones here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.rest_api.typing import Endpoint

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import hubspot, rest
from ingestion.sources.contract import to_cents
from ingestion.sources.hubspot_search import SEARCH_ROWS, search
from ingestion.sources.hubspot_tables import DEALS, READINGS
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import Document

LISTED_PAGES = 5
_HERE = f"archived is not true and {DELETED_AT} is null"


def of_hubspot(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield the count of each object that is there, and the amounts of newest deals."""
    client = hubspot.new_client(rest.section_of_kind(settings, "hubspot"))
    for reading in READINGS:
        asked: Endpoint = {
            "path": f"crm/v3/objects/{reading.table.name}/search",
            "method": "POST",
            "json": _everything("ASCENDING", limit=1),
        }
        found = rest.answer(client, asked, has="total")
        yield Figure(
            reading.table.name,
            "count",
            "all that is there",
            Decimal(found["total"]),
            condition=_HERE,
        )
    yield _newest_amounts(client)


def _newest_amounts(client: RESTClient) -> Figure:
    body = _everything("DESCENDING", limit=SEARCH_ROWS, properties=["amount"])
    pages = islice(search(client, DEALS.name, body), LISTED_PAGES)
    deals: list[Document] = [one for page in pages for one in page]
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


def _everything(direction: str, **more: Any) -> dict[str, Any]:
    everything = {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}
    return {
        "filterGroups": [{"filters": [everything]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": direction}],
        **more,
    }
