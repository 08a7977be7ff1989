"""SQLMesh's verdicts on models."""

# ruff: noqa: S608, ISC004 - queries that are read, not run

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.lineage.compiled import lineage_dir
from orchestration.lineage.project import Project, Table
from orchestration.lineage.queries import read_queries
from orchestration.lineage.revision import revision_at, revision_now
from orchestration.preview.verdicts import verdicts_of
from tests.orchestration.lineage.small_dbt_project import edit, make_project

pytestmark = pytest.mark.slow
BEFORE = {
    "loses_a_column": "select id, amount from raw.payments",
    "gains_a_column": "select id from raw.payments",
    "other_formula": "select id, amount * 2 as amount from raw.payments",
    "reads_it": "select sum(amount) as amount from main.other_formula",
    "gains_and_reads_it": "select amount from main.other_formula",
    "is_dropped": "select 1 as one",
    "gains_inside": "with final as (select id from raw.payments) select * from final",
    "reads_all_of_it": "select * from main.gains_inside",
    "loses_inside": "with final as (select id, amount from raw.payments)"
    " select * from final",
    "braces": "select id from raw.payments where id not like '%{%' /* {{ */",
    "unreadable": "select id where from",
    "stays": "select id\nfrom raw.payments",
}
AFTER = BEFORE | {
    "loses_a_column": "select id from raw.payments",
    "gains_a_column": "select id, 1 as one from raw.payments",
    "other_formula": "select id, amount * 3 as amount from raw.payments",
    "gains_and_reads_it": "select amount, 1 as one from main.other_formula",
    "gains_inside": "with final as (select id, 1 as one from raw.payments)"
    " select * from final",
    "loses_inside": "with final as (select id from raw.payments) select * from final",
    "braces": "select id from raw.payments where id not like '{%' /* {{ */",
    "unreadable": "select id, one where from",
    "is_new": "select 2 as two",
}
READS = {
    "reads_it": ("other_formula",),
    "gains_and_reads_it": ("other_formula",),
    "reads_all_of_it": ("gains_inside",),
}


def project_of(codes: dict[str, str]) -> Project:
    tables = {
        name: Table(
            name, "model", "main", name, f"{name}.sql", codes=(code,),
            parents=READS.get(name, ()), materialized="table",
            checksum="" if name == "stays" else code,
        )
        for name, code in codes.items()
    }  # fmt: skip
    return Project("duckdb", tables)


PAYMENTS = "from raw.payments"
OTHER_ROWS = {  # a column more, and the rows are others
    "distinct": (
        f"select distinct id {PAYMENTS}",
        f"select distinct id, kind {PAYMENTS}",
    ),
    "distinct_inside": (
        f"with a as (select id {PAYMENTS}) select distinct * from a",
        f"with a as (select id, kind {PAYMENTS}) select distinct * from a",
    ),
    "group_by_all": (
        f"select id, sum(amount) as total {PAYMENTS} group by all",
        f"select id, kind, sum(amount) as total {PAYMENTS} group by all",
    ),
    "union": (
        f"select id {PAYMENTS} union select id from raw.refunds",
        f"select id, kind {PAYMENTS} union select id, kind from raw.refunds",
    ),
    "first_aggregate": (
        f"select 1 as one {PAYMENTS}",
        f"select 1 as one, count(*) as n {PAYMENTS}",
    ),
    "pivot": (
        f"with a as (select id, kind, amount {PAYMENTS}) select * from a"
        " pivot (sum(amount) for kind in ('card'))",
        f"with a as (select id, day, kind, amount {PAYMENTS}) select * from a"
        " pivot (sum(amount) for kind in ('card'))",
    ),
}
SAME_ROWS = {
    "another_aggregate": (
        f"select count(*) as n {PAYMENTS}",
        f"select count(*) as n, max(id) as m {PAYMENTS}",
    ),
    "union_all": (
        f"select id {PAYMENTS} union all select id from raw.refunds",
        f"select id, kind {PAYMENTS} union all select id, kind from raw.refunds",
    ),
    "beside_distinct": (
        f"with a as (select distinct id {PAYMENTS}) select id from a",
        f"with a as (select distinct id {PAYMENTS}) select id, 1 as one from a",
    ),
    "window": (
        f"select id {PAYMENTS}",
        f"select id, sum(amount) over () as total {PAYMENTS}",
    ),
    "value": (
        f"select id {PAYMENTS}",
        f"select id, (select max(id) {PAYMENTS}) as m {PAYMENTS}",
    ),
}


def test_a_new_column_that_makes_other_rows_is_breaking() -> None:
    cases = OTHER_ROWS | SAME_ROWS
    old, new = (project_of({name: codes[at] for name, codes in cases.items()})
                for at in (0, 1))  # fmt: skip
    columns = {**read_queries(old, {}).columns, **read_queries(new, {}).columns}
    breaking = {one.model for one in verdicts_of(old, new, columns) if one.is_breaking}
    assert breaking == set(OTHER_ROWS)


def test_what_reads_all_columns_once_each_has_other_rows_by_a_new_one() -> None:
    all_of_it = {"reads_all_of_it": "select distinct * from main.gains_inside"}
    old, new = (project_of({"gains_inside": one["gains_inside"], **all_of_it})
                for one in (BEFORE, AFTER))  # fmt: skip
    verdicts = verdicts_of(old, new, read_queries(new, {}).columns)
    assert [one.category for one in verdicts] == [
        "not breaking",
        "breaking, by what it reads",
    ]


def test_what_no_first_build_shows_is_told() -> None:
    usual = Table("m", "model", "main", "m", "m.sql", codes=("select 1 as one",),
                  materialized="incremental")  # fmt: skip
    reads = replace(usual, name="reads", alias="reads", parents=("m",))
    later = replace(usual, codes=("select 1 as one", "select 1 as one where false"))
    changes = {
        "breaking, in later runs": later,
        "breaking: main.m is no more": replace(usual, alias="other"),
        "breaking: its pre-hooks are others": replace(usual, hooks=("drop",)),
    }
    for category, changed in changes.items():
        old, new = (Project("duckdb", {"m": one, "reads": reads})
                    for one in (usual, replace(changed, checksum="new")))  # fmt: skip
        found = verdicts_of(old, new, {"m": ("one",)})
        assert [(one.model, one.category) for one in found] == [
            ("m", category),
            ("reads", "breaking, by what it reads"),
        ]


def test_a_kept_manifest_of_a_later_run_differs_in_nothing(tmp_path: Path) -> None:
    settings = make_project(tmp_path)
    edit(settings, "models/payers.sql", "'table'", "'incremental'")
    edit(
        settings,
        "models/payers.sql",
        "event = 'paid'",
        "event = 'paid' {% if is_incremental() %} and true {% endif %}",
    )
    now = revision_now(settings)
    found = lineage_dir(settings) / "now" / "later" / "manifest.json"
    kept = tmp_path / "manifest.json"
    # as dbt leaves it behind in production
    kept.write_bytes(found.read_bytes().replace(b"empty", b"warehouse"))
    base = revision_at(settings, str(kept))
    assert base is not None
    project, columns = now.lineage.project, now.lineage.columns
    assert verdicts_of(base.lineage.project, project, columns) == []


def test_each_model_gets_its_verdict_and_what_stays_gets_none() -> None:
    after = {name: code for name, code in AFTER.items() if name != "is_dropped"}
    # the same file, compiled in another order
    after["stays"] = "\n".join(reversed(after["stays"].splitlines()))
    old, new = project_of(BEFORE), project_of(after)
    columns = {**read_queries(old, {}).columns, **read_queries(new, {}).columns}
    verdicts = verdicts_of(old, new, columns)
    assert {one.model: (one.change, one.category) for one in verdicts} == {
        "loses_a_column": ("changed", "breaking"),
        "gains_a_column": ("changed", "not breaking"),
        "other_formula": ("changed", "breaking"),
        "reads_it": ("affected", "breaking, by what it reads"),
        "gains_and_reads_it": ("changed", "breaking, by what it reads"),
        "gains_inside": ("changed", "not breaking"),
        "reads_all_of_it": ("affected", "not breaking, by what it reads"),
        "loses_inside": ("changed", "breaking"),
        "braces": ("changed", "breaking"),
        "unreadable": ("changed", "breaking, perhaps: SQLMesh cannot read it"),
        "is_dropped": ("removed", "breaking"),
        "is_new": ("new", "not breaking"),
    }
    texts = {one.model: one.text for one in verdicts}
    assert (
        "+select id, amount * 3 as amount from raw.payments" in texts["other_formula"]
    )
    assert texts["reads_it"] == ""
