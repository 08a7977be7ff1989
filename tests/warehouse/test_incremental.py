"""An increment at a time gives what one build from nothing gives, row by row."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
COMPARED = (
    "intermediate.int_events_deduplicated",
    "intermediate.int_events_sessionized",
    "marts.customer_identifiers",
    "marts.sessions",
    "marts.page_views",
)
SELECTION = (
    "--resource-type",
    "model",
    "--resource-type",
    "seed",
    "--select",
    *[f"+{table.split('.')[1]}" for table in COMPARED],
)


def events(chance: random.Random) -> list[dict[str, Any]]:
    """Visits of twelve devices, some of which log in, in pages minutes apart."""
    made = []
    for number in range(600):
        device = chance.randrange(12)
        at = START + timedelta(minutes=chance.randrange(60 * 24 * 3))
        user = f"u{device // 2}" if chance.random() < 0.3 else None
        made.append(
            {
                "message_id": f"m{number}",
                "type": "page",
                "anonymous_id": f"d{device}",
                "user_id": user,
                "at": at,
                "received_at": at + timedelta(hours=chance.randrange(72)),
                "context": {"page": {"path": f"/p{number % 7}"}},
            }
        )
    return made


def arrivals(chance: random.Random) -> list[list[dict[str, Any]]]:
    """Three loads: shuffled, the last with late events, each with some sent twice."""
    sent = events(chance)
    chance.shuffle(sent)
    loads = [sent[:300], sent[300:450], sent[450:]]
    for earlier, load in zip([[], *loads], loads, strict=False):
        again = [
            event | {"received_at": event["at"] + timedelta(days=4)}
            for event in chance.sample([*earlier, *load], 20)
        ]
        load.extend(again)
        chance.shuffle(load)
    return loads


def test_three_loads_with_late_and_double_events_equal_one_build_from_nothing(
    warehouse: Warehouse,
) -> None:
    for number, load in enumerate(arrivals(random.Random(11))):
        warehouse.land(load, START + timedelta(days=7 + number))
        warehouse.dbt("build", *SELECTION)
    grown = contents(warehouse)
    warehouse.dbt("build", *SELECTION)
    assert contents(warehouse) == grown, "a build with nothing new changed something"
    warehouse.dbt("build", "--full-refresh", *SELECTION)
    rebuilt = contents(warehouse)
    assert len(grown["intermediate.int_events_deduplicated"]) == 600
    for table in COMPARED:
        assert grown[table] == rebuilt[table], table


def contents(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the compared tables, in one order."""
    return {
        table: sorted(warehouse.rows(f"from {table}"), key=repr) for table in COMPARED
    }
