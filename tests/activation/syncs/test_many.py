"""A table of more than a million records, of which few or all change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from activation.difference import make_plan
from activation.exposures import Sync
from activation.ledger import KEY_HASH, prepare_ledger
from activation.syncs.columns import row_hash
from activation.syncs.declaration import SyncMeta
from cdp.settings import Settings

ROWS = 1_000_001


@pytest.fixture
def sync() -> Sync:
    meta = SyncMeta("crm", "Contact", "id", {"Id": "id", "Name": "name"})
    return Sync("many", meta, "activation", "many")


@pytest.fixture
def warehouse(sync: Sync) -> Any:
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            create schema activation;
            create table activation.many as
            select 'c_' || number as id, 'Doe' as name from range({ROWS}) as t(number)
            """  # noqa: S608
        )
        prepare_ledger(connection)
        connection.execute(
            "insert into ledger.sync_state by name select 'many' as sync_name,"  # noqa: S608
            f" id as record_key, {row_hash(sync)} as row_hash, now() as delivered_at,"
            """ '{"Id":"' || id || '","Name":"Doe"}' as fields,"""
            f" {KEY_HASH.format('id')} as key_hash"
            " from activation.many as model"
        )
        yield connection


@pytest.mark.parametrize("is_run", [True, False], ids=["a run", "a plan"])
def test_few_that_change_among_many_are_found(
    warehouse: Any, sync: Sync, tmp_path: Path, *, is_run: bool
) -> None:
    warehouse.execute(
        "update activation.many set name = 'Roe' where id like 'c_77777_'"
    )
    warehouse.execute("insert into activation.many values ('c_new', 'New')")
    warehouse.execute("delete from activation.many where id = 'c_5'")
    warehouse.execute(
        "insert into ledger.sync_state by name select * replace ('other' as sync_name)"
        " from ledger.sync_state where record_key like 'c_7777_'"
    )
    file, settings = tmp_path / "p.parquet", Settings(tmp_path, tmp_path, {}, {})

    plan = make_plan(warehouse, sync, file, settings, is_run=is_run)

    assert (plan.created_count, plan.updated_count) == (1, 10)
    assert (plan.gone_count, plan.known_count) == (1, ROWS)
    assert plan.unchanged_count == ROWS - 11
    has_before = {one.before is not None for one in plan.records(action="update")}
    assert has_before == {not is_run}


def test_a_changed_mapping_of_many_sends_what_it_changes(
    warehouse: Any, sync: Sync, tmp_path: Path
) -> None:
    meta = SyncMeta("crm", "Contact", "id", {"Name": "name", "Id": "id"})
    file, settings = tmp_path / "p.parquet", Settings(tmp_path, tmp_path, {}, {})

    plan = make_plan(warehouse, replace(sync, meta=meta), file, settings, is_run=True)

    assert (plan.updated_count, plan.unchanged_count) == (0, ROWS)
