"""An increment at a time gives what one build from nothing gives, row by row.

Forty worlds that know nothing of each other share one warehouse: each has its own
devices, people and luck, so that one run of dbt tries forty histories. Every model that
keeps rows is compared, and every mart that these people are in.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse
from tests.warehouse.shop_documents import customer, named, refund, shop_order

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
WORLDS, LOADS, EVENTS = 40, 2, 120
KINDS = {
    "page": 60,
    "order_completed": 14,
    "order_updated": 4,
    "order_cancelled": 2,
    "order_refunded": 3,
    "email_opened": 4,
    "identify": 13,
    "alias": 3,
}
BY_WEBHOOK = {"integration": {"name": "sendgrid"}}
MARTS = (
    *("page_views", "sessions", "touches", "activities", "orders", "order_items"),
    *("refund_items", "order_differences", "customers"),
)
KEPT = "config.materialized:incremental"
SELECTION = (
    *("--resource-type", "model", "--resource-type", "seed"),
    *("--select", f"+{KEPT}", *(f"+{mart}" for mart in MARTS)),
)
# the moment of a build, which no two builds share
MOMENTS = {"built_at", "changed_at"}


def event(chance: random.Random, world: int, number: int) -> dict[str, Any]:
    """A page, an order and what becomes of it, an email, a login, who is who."""
    device = f"w{world}-d{chance.randrange(6)}"
    user = f"w{world}-u{chance.randrange(4)}"
    at = START + timedelta(seconds=chance.randrange(3 * 86_400))
    made: dict[str, Any] = {
        "message_id": f"w{world}-m{number}",
        "anonymous_id": device,
        "at": at,
        "received_at": at + timedelta(hours=chance.randrange(72)),
        "context": {"page": {"path": f"/p{number % 7}"}},
    }
    kind = chance.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    if kind == "page":
        who = {"user_id": user} if chance.random() < 0.2 else {}
        return made | {"type": "page"} | who
    if kind == "identify":
        traits = {"email": f"{user}@x.example", "first_name": f"Jo{number % 3}"}
        return made | {"type": "identify", "user_id": user, "traits": traits}
    if kind == "alias":
        return made | {"type": "alias", "user_id": user, "previous_id": device}
    if kind == "email_opened":  # a webhook knows nothing of devices
        stranger = {
            "anonymous_id": f"{user}-mail",
            "traits": {"email": f"{user}@x.example"},
        }
        return made | stranger | {"event": kind, "context": BY_WEBHOOK}
    about = number if kind == "order_completed" else chance.randrange(EVENTS)
    return made | {
        "event": kind,
        "user_id": user,
        "properties": order(chance, f"w{world}-o{about}"),
    }


def order(chance: random.Random, order_id: str) -> dict[str, Any]:
    price = chance.randrange(100, 20_000) / 100
    product = {"product_id": f"p{chance.randrange(9)}", "price": price, "quantity": 1}
    return {
        "order_id": order_id,
        "refund_id": f"{order_id}-refund",
        "total": price,
        "currency": "EUR",
        "products": [product],
    }


def shop_orders(world: int, load: int) -> Iterator[dict[str, Any]]:
    """What a shop has at a load: new orders, others refunded or cancelled since."""
    for number in range(world % 3, EVENTS * 2, 9):
        chance = random.Random(f"{world} {number}")
        if chance.randrange(LOADS) > load:
            continue
        made = sold(chance, world, number)
        if load and chance.random() < 0.4:
            at = START + timedelta(days=7 + load)
            id_, paid = made["id"], made["total_price"]
            made["refunds"] = [refund(id_, paid, at, id_ * 10 + 1)]
            made["cancelled_at"] = at.isoformat() if chance.random() < 0.5 else None
            made["test"] = chance.random() < 0.1
        yield made


def sold(chance: random.Random, world: int, number: int) -> dict[str, Any]:
    """An order of the shop; from EVENTS on, no event has its number."""
    user = chance.randrange(4)
    return shop_order(
        world * 10_000 + number,
        f"{chance.randrange(100, 20_000) / 100:.2f}",
        START + timedelta(seconds=chance.randrange(3 * 86_400)),
        # of a guest, or of a customer whom only a later load knows
        customer={"id": world * 10 + user} if chance.random() < 0.7 else None,
        email=f"w{world}-u{user}@x.example",
        note_attributes=named(f"w{world}-o{number}"),
    )


def loads_of(world: int) -> list[list[dict[str, Any]]]:
    """One world's loads, as they were received: some events late, some sent twice."""
    chance = random.Random(world)
    loads: list[list[dict[str, Any]]] = [[] for _ in range(LOADS)]
    lateness = chance.random()
    for number in range(EVENTS):
        made = event(chance, world, number)
        first = chance.randrange(LOADS) if chance.random() < lateness else 0
        loads[first].append(made)
        while chance.random() < 0.15:  # the SDK got no answer and sent it again
            again = made | {"received_at": made["received_at"] + timedelta(days=4)}
            loads[chance.randrange(first, LOADS)].append(again)
    return loads


def arrivals() -> Iterator[list[dict[str, Any]]]:
    """The loads of all worlds; the log has them in the order of their reception."""
    worlds = [loads_of(world) for world in range(WORLDS)]
    for number in range(LOADS):
        load = [one for loads in worlds for one in loads[number]]
        yield sorted(load, key=lambda one: (one["received_at"], one["message_id"]))


def meta(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """What each model's ``meta`` says."""
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    return {
        node["name"]: node["config"].get("meta", {})
        for node in manifest["nodes"].values()
    }


def contents(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in one order.

    Left out is what keeps a history that nothing else knows, or a build's own work.
    """
    said = meta(warehouse)
    found = warehouse.rows(
        "select table_schema || '.' || table_name, table_name"
        " from information_schema.tables where table_type = 'BASE TABLE'"
        " and table_schema in ('intermediate', 'marts') order by all"
    )
    return {
        table: warehouse.rows(reading(table, said.get(name, {})))
        for table, name in found
        if not {"keeps_history", "covers_one_build"} & said.get(name, {}).keys()
    }


def reading(table: str, said: dict[str, Any]) -> str:
    if not said.get("repeats_with_earlier_times"):
        kept = f"columns(one -> one not in {sorted(MOMENTS)})"
        return f"select {kept} from {table} order by all"  # noqa: S608
    left_out = sorted(MOMENTS | {"first_seen_at", "loaded_at"})
    kept = f"columns(one -> one not in {left_out})"
    return f"select {kept}, min(first_seen_at) from {table} group by all order by all"  # noqa: S608


def incremental_models(warehouse: Warehouse) -> set[str]:
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    return {
        f"{node['schema']}.{node['name']}"
        for node in manifest["nodes"].values()
        if node["config"].get("materialized") == "incremental"
        and not node["config"].get("meta", {}).get("keeps_history")
    }


def differing(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """The tables that differ, with rows that only one side has."""
    assert ours.keys() == theirs.keys()
    return {
        table: {
            "only in the first": sorted(
                set(ours[table]) - set(theirs[table]), key=repr
            )[:3],
            "only in the second": sorted(
                set(theirs[table]) - set(ours[table]), key=repr
            )[:3],
        }
        for table in ours
        if ours[table] != theirs[table]
    }


def load_shops(warehouse: Warehouse, load: int) -> None:
    orders = [one for world in range(WORLDS) for one in shop_orders(world, load)]
    warehouse.merge("raw_shopify.orders", orders)
    customers = [
        customer(number, f"w{number // 10}-u{number % 10}@x.example", START)
        for number in range(WORLDS * 10 * load)
        if number % 10 < 4
    ]
    warehouse.merge("raw_shopify.customers", customers)


def test_loads_with_late_and_double_events_equal_one_build_from_nothing(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_AS_OF", (START + timedelta(days=9)).isoformat())
    for number, load in enumerate(arrivals()):
        load_shops(warehouse, number)
        landed_at = START + timedelta(days=7 + number)
        half = len(load) // 2
        warehouse.land(load[:half], landed_at)
        if number == 1:  # a load that was cut in two lands under one time
            warehouse.dbt("build", *SELECTION)
        warehouse.land(load[half:], landed_at)
        warehouse.dbt("build", *SELECTION)
    grown = contents(warehouse)
    warehouse.dbt("build", *SELECTION)
    again = contents(warehouse)
    warehouse.dbt("build", "--full-refresh", *SELECTION)
    rebuilt = contents(warehouse)

    assert incremental_models(warehouse) <= set(grown)
    learned = "select order_source, bool_or(is_refunded), bool_or(is_cancelled)"
    assert warehouse.rows(f"{learned} from marts.orders group by all order by all") == [
        (order_source, True, True) for order_source in ("events", "shop")
    ]
    assert len(grown["intermediate.int_events_deduplicated"]) == WORLDS * EVENTS
    assert differing(grown, again) == {}, "a build with nothing new changed something"
    assert differing(grown, rebuilt) == {}
