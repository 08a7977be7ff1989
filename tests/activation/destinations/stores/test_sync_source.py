"""Rows of another PostgreSQL, read by a sync."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from activation.sync import sync
from cdp.errors import Misconfigured, Unavailable
from cdp.settings import Settings

NAMES = ("id", "name", "amount", "is_vip", "born", "seen_at", "note")


def declared(workspace: Any, tool: Any, url: str, query: str) -> Settings:
    meta = {
        "destination": "hook",
        "object": "person",
        "key": "id",
        "mapping": {name: name for name in NAMES},
        "source": {"postgres": "SHOP_DATABASE_URL", "query": query},
    }
    exposure = {
        "name": "people",
        "config": {"meta": {"sync": meta}},
        "depends_on": {"nodes": []},
    }
    manifest = {"nodes": {}, "exposures": {"exposure.h.people": exposure}}
    folder = workspace.settings.dbt_target_dir
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    section = {"kind": "webhook", "url": tool.url, "allow_private": True}
    return replace(
        workspace.settings,
        document={"destinations": {"hook": section}},
        environment={**workspace.settings.environment, "SHOP_DATABASE_URL": url},
    )


def address(postgres: Any) -> str:
    section = postgres.section
    user = f"{section['user']}:{quote(section['password'])}"
    return f"postgresql://{user}@127.0.0.1:{section['port']}/postgres"


def test_rows_of_postgresql_are_sent_and_then_only_what_changed(
    workspace: Any, tool: Any, postgres: Any
) -> None:
    postgres.run(
        "create table people as select n as id, 'O''Brien, \"' || n || '\"' as name,"
        " cast(n * 1.10 as numeric(10, 2)) as amount, n = 1 as is_vip,"
        " date '1990-02-01' as born, timestamptz '2026-10-01 12:00+00' as seen_at,"
        " cast(null as text) as note from generate_series(1, 3) as numbers(n)"
    )
    settings = declared(workspace, tool, address(postgres), "select * from people;")

    (first,) = sync(settings)
    postgres.run("update people set note = '' where id = 2")
    (second,) = sync(settings)

    assert (first.delivered_count, second.delivered_count) == (3, 1)
    records = [one.json["record"] for one in tool.seen]
    assert records[0] == {
        "id": 1,
        "name": 'O\'Brien, "1"',
        "amount": 1.10,
        "is_vip": True,
        "born": "1990-02-01",
        "seen_at": "2026-10-01T12:00:00.000Z",
        "note": None,
    }
    assert b'"amount":1.10' in tool.seen[0].content
    assert (records[3]["id"], records[3]["note"]) == (2, "")


def test_a_query_that_postgresql_refuses_is_told_without_its_values(
    workspace: Any, tool: Any, postgres: Any
) -> None:
    query = "select 'ann@shop.example'::int as id"
    settings = declared(workspace, tool, address(postgres), query)

    with pytest.raises(Misconfigured, match="cannot be run") as error:
        sync(settings)

    assert "ann@" not in str(error.value)


def test_a_query_cannot_write_there(workspace: Any, tool: Any, postgres: Any) -> None:
    postgres.run("create table kept as select 1 as id")
    query = "with gone as (delete from kept returning id) select id from gone"
    settings = declared(workspace, tool, address(postgres), query)

    with pytest.raises(Misconfigured, match="cannot be run"):
        sync(settings)

    assert postgres.rows("kept") == [(1,)]


def test_a_database_that_does_not_answer_is_tried_later(
    workspace: Any, tool: Any
) -> None:
    settings = declared(workspace, tool, "postgresql://127.0.0.1:1/x", "select 1")

    with pytest.raises(Unavailable, match="does not answer"):
        sync(settings)
