"""Rows of a model, by ``cdp sync``'s own way, into every store."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import redis

from activation.sync import sync
from cdp.settings import Settings

COLUMNS = ("customer_id", "tier", "amount", "seen_at")
Sync = Callable[..., Settings]


@pytest.fixture
def declared(workspace: Any) -> Sync:
    """Builds a model of three customers and declares a sync of it."""

    def declare(section: dict[str, Any], object_name: str) -> Settings:
        workspace.run_sql(
            "create schema activation",
            """
            create table activation.people as
            select
                'c_' || number as customer_id,
                if(number = 1, null, 'gold') as tier,
                cast(number * 1.10 as decimal(18, 2)) as amount,
                timestamp '2026-10-01 12:00:00' as seen_at
            from range(3) as numbers(number)
            """,
        )
        meta = {
            "destination": "store",
            "object": object_name,
            "key": "customer_id",
            "external_id_field": "customer_id",
            "mapping": {name: name for name in COLUMNS},
        }
        model = {"name": "people", "schema": "activation", "alias": "people"}
        exposure = {
            "name": "people",
            "config": {"meta": {"sync": meta}},
            "depends_on": {"nodes": ["model.h.people"]},
        }
        manifest = {
            "nodes": {"model.h.people": model},
            "exposures": {"exposure.h.people": exposure},
        }
        folder = workspace.settings.dbt_target_dir
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        document = {**workspace.settings.document, "destinations": {"store": section}}
        return replace(workspace.settings, document=document)

    return declare


def run_twice(settings: Settings, workspace: Any) -> None:
    """Send all, then the one row that changed."""
    (first,) = sync(settings, is_untested=True)
    workspace.run_sql(
        "update activation.people set tier = 'new' where customer_id = 'c_1'"
    )
    (second,) = sync(settings, is_untested=True)
    assert (first.delivered_count, second.delivered_count) == (3, 1)
    assert (first.rejected_count, second.rejected_count) == (0, 0)


def test_rows_reach_a_table_of_postgresql(
    declared: Sync, workspace: Any, postgres: Any
) -> None:
    postgres.run(
        "create table synced (customer_id text primary key, tier text,"
        " amount numeric, seen_at timestamptz, note text default 'ours')"
    )

    run_twice(declared({**postgres.section, "kind": "postgres"}, "synced"), workspace)

    rows = postgres.rows("synced", "customer_id, tier, amount, note, seen_at::text")
    assert [row[:4] for row in rows] == [
        ("c_0", "gold", Decimal("0.00"), "ours"),
        ("c_1", "new", Decimal("1.10"), "ours"),
        ("c_2", "gold", Decimal("2.20"), "ours"),
    ]


def test_rows_reach_redis(declared: Sync, workspace: Any, redis_server: Any) -> None:
    url = f"redis://127.0.0.1:{redis_server[1]}/0"

    run_twice(declared({"kind": "redis", "url": url}, "customer"), workspace)

    with redis.Redis(port=redis_server[1], decode_responses=True) as client:
        found: Any = [client.hgetall(f"customer:c_{number}") for number in range(3)]
    assert [one["tier"] for one in found] == ["gold", "new", "gold"]
    assert [one["amount"] for one in found] == ["0.00", "1.10", "2.20"]
    assert found[0]["seen_at"] == "2026-10-01T12:00:00.000Z"


def test_rows_reach_files(declared: Sync, workspace: Any, tmp_path: Any) -> None:
    section = {"kind": "object_storage", "url": str(tmp_path / "lake")}

    run_twice(declared(section, "customers"), workspace)

    files = sorted((tmp_path / "lake").glob("customers/date=*/*.ndjson.gz"))
    lines = [
        [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
        for file in files
    ]
    assert sorted(map(len, lines)) == [1, 3]
    (changed,) = min(lines, key=len)
    assert (changed["action"], changed["key"]) == ("upsert", "c_1")
    assert changed["record"]["tier"] == "new"


def test_rows_reach_a_webhook(declared: Sync, workspace: Any, tool: Any) -> None:
    section = {"kind": "webhook", "url": tool.url + "/rows", "allow_private": True}

    run_twice(declared(section | {"batch_size": 2}, "customer"), workspace)

    batches = [one.json for one in tool.seen]
    assert sorted(map(len, batches[:2])) == [1, 2]  # sent side by side
    assert len(batches[2]) == 1
    assert batches[-1][0]["record"]["tier"] == "new"
    assert batches[0][0]["object"] == "customer"
