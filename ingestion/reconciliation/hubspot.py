"""What HubSpot answers: the total that a search of everything tells."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import hubspot, rest
from ingestion.sources.hubspot_tables import READINGS
from ingestion.sources.sql_types import DELETED_AT


def of_hubspot(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield how many records of each object are not archived."""
    client = hubspot.new_client(rest.section_of_kind(settings, "hubspot"))
    for reading in READINGS:
        everything = {
            "filterGroups": [
                {
                    "filters": [
                        {
                            "propertyName": "hs_object_id",
                            "operator": "GT",
                            "value": "0",
                        }
                    ]
                }
            ],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "limit": 1,
        }
        path = f"crm/v3/objects/{reading.table.name}/search"
        found = rest.answer(client, path, has="total", method="POST", json=everything)
        yield Figure(
            reading.table.name,
            "count",
            "all that is there",
            Decimal(found["total"]),
            condition=f"archived is not true and {DELETED_AT} is null",
        )
