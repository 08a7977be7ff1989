"""Rows of another PostgreSQL, read by a sync."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from activation.sync import sync
from cdp.errors import Misconfigured
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
    # several are under way at a time
    seen = sorted(tool.seen[:3], key=lambda one: one.json["record"]["id"])
    assert seen[0].json["record"] == {
        "id": 1,
        "name": 'O\'Brien, "1"',
        "amount": 1.10,
        "is_vip": True,
        "born": "1990-02-01",
        "seen_at": "2026-10-01T12:00:00.000Z",
        "note": None,
    }
    assert b'"amount":1.10' in seen[0].content
    changed = tool.seen[3].json["record"]
    assert (changed["id"], changed["note"]) == (2, "")


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

    (result,) = sync(settings)

    assert result.stopped_by is not None
    assert "does not answer" in result.summary


def test_odd_values_of_postgresql_arrive_as_they_are(
    workspace: Any, tool: Any, postgres: Any
) -> None:
    query = (
        "select 'a' as id, '\\N' as name,"
        " cast('{\"tags\": [1.10]}' as jsonb) as amount,"
        " cast(12345678901234567890.123 as numeric) as is_vip,"
        " timestamp 'infinity' as born, timestamptz '2026-03-29 03:30+02' as seen_at,"
        " e'two\nlines, \"quoted\"' as note"
    )
    settings = declared(workspace, tool, address(postgres), query)

    (result,) = sync(settings)

    assert result.delivered_count == 1
    assert tool.seen[0].json["record"] == {
        "id": "a",
        "name": "\\N",
        "amount": {"tags": [1.10]},
        "is_vip": pytest.approx(12345678901234567890.123),
        "born": "9999-12-31T23:59:59.999Z",
        "seen_at": "2026-03-29T01:30:00.000Z",
        "note": 'two\nlines, "quoted"',
    }
    assert b"12345678901234567890.123" in tool.seen[0].content


def test_a_number_that_json_has_not_is_told(
    workspace: Any, tool: Any, postgres: Any
) -> None:
    none = ", ".join(
        f"null as {name}" for name in NAMES if name not in ("id", "amount")
    )
    query = f"select 1 as id, 'NaN'::numeric as amount, {none}"
    settings = declared(workspace, tool, address(postgres), query)

    with pytest.raises(Misconfigured, match="rows cannot be read"):
        sync(settings)
