"""SQLMesh's verdicts on models."""

from __future__ import annotations

import pytest

from orchestration.lineage.project import Project, Table
from orchestration.lineage.queries import read_queries
from orchestration.preview.verdicts import verdicts_of

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
        "is_dropped": ("removed", "breaking"),
        "is_new": ("new", "not breaking"),
    }
    texts = {one.model: one.text for one in verdicts}
    assert (
        "+select id, amount * 3 as amount from raw.payments" in texts["other_formula"]
    )
    assert texts["reads_it"] == ""
