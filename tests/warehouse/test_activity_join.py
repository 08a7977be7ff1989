"""The relations of activity_join, each on one customer's small stream."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from jinja2 import Environment, FileSystemLoader

from tests.warehouse.raw_warehouse import PROJECT

# Customer a: page 1, order 2, page 3, page 4, order 5, page 6; b: page 1, order 2.
STREAM = """
    create table stream as
    select
        customer_id || activity_number as activity_id, customer_id,
        null::varchar as session_id, activity_name, activity_detail,
        revenue_amount, activity_number,
        timestamp '2026-03-01' + to_days(activity_number) as occurred_at
    from (values
        ('a', 1, 'page', '/one', null), ('a', 2, 'order', 'o1', 10.0),
        ('a', 3, 'page', '/three', null), ('a', 4, 'page', '/four', null),
        ('a', 5, 'order', 'o2', 7.0), ('a', 6, 'page', '/six', null),
        ('b', 1, 'page', '/one', null), ('b', 2, 'order', 'o3', 5.0)
    ) as seen (customer_id, activity_number, activity_name, activity_detail,
               revenue_amount)
"""
DETAIL = "appended.activity_detail"
LISTED = f"string_agg({DETAIL}, ' ' order by appended.activity_number)"


@pytest.fixture
def stream() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(STREAM)
    return connection


class NoRelationError(Exception):
    """What dbt's raise_compiler_error is here."""


class Exceptions:
    """dbt's ``exceptions``, of which the macro uses one."""

    def raise_compiler_error(self, message: str) -> None:
        raise NoRelationError(message)


def rows(
    stream: duckdb.DuckDBPyConnection,
    primary: dict[str, Any],
    *appended: dict[str, Any],
) -> dict[str, Any]:
    """Return what was appended for each primary activity, by its id."""
    macros = Environment(loader=FileSystemLoader(PROJECT / "macros"), autoescape=False)  # noqa: S701 - SQL, not HTML
    macros.globals["exceptions"] = Exceptions()
    module = macros.get_template("journeys/activity_join.sql").module
    query = module.activity_join("stream", primary, list(appended))  # type: ignore[attr-defined]
    found = stream.execute(str(query)).fetchall()
    return {row[0]: row[8] if len(row) == 9 else row[8:] for row in found}


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("first_ever", {"a2": "/one", "a5": "/one", "b2": "/one"}),
        ("last_ever", {"a2": "/six", "a5": "/six", "b2": "/one"}),
        ("nth_ever", {"a2": "/three", "a5": "/three"}),
        ("first_before", {"a2": "/one", "a5": "/one", "b2": "/one"}),
        ("last_before", {"a2": "/one", "a5": "/four", "b2": "/one"}),
        ("nth_before", {"a5": "/three"}),
        ("first_after", {"a2": "/three", "a5": "/six", "b2": None}),
        ("last_after", {"a2": "/six", "a5": "/six", "b2": None}),
        ("nth_after", {"a2": "/four"}),
        ("first_in_between", {"a2": "/three", "a5": "/six", "b2": None}),
        ("last_in_between", {"a2": "/four", "a5": "/six", "b2": None}),
        ("nth_in_between", {"a2": "/four"}),
        ("aggregate_ever", dict.fromkeys(("a2", "a5"), "/one /three /four /six")),
        ("aggregate_before", {"a2": "/one", "a5": "/one /three /four"}),
        ("aggregate_after", {"a2": "/three /four /six", "a5": "/six", "b2": None}),
        ("aggregate_in_between", {"a2": "/three /four", "a5": "/six", "b2": None}),
    ],
)
def test_each_relation_finds_its_activity(
    stream: duckdb.DuckDBPyConnection, relation: str, expected: dict[str, str | None]
) -> None:
    column = LISTED if relation.startswith("aggregate") else DETAIL
    appended = {"activity": "page", "relation": relation, "n": 2}
    found = rows(
        stream, {"activity": "order"}, appended | {"columns": {"page": column}}
    )
    alone = {"b2": "/one"} if relation in {"aggregate_ever", "aggregate_before"} else {}
    assert found == {"a2": None, "a5": None, "b2": None} | alone | expected


@pytest.mark.parametrize(
    ("occurrence", "ids"),
    [("all", {"a2", "a5", "b2"}), ("first", {"a2", "b2"}), ("last", {"a5", "b2"}),
     (2, {"a5"})],
)  # fmt: skip
def test_the_primary_activity_is_all_the_first_the_last_or_the_nth(
    stream: duckdb.DuckDBPyConnection, occurrence: str | int, ids: set[str]
) -> None:
    primary = {"activity": "order", "occurrence": occurrence}
    assert set(rows(stream, primary)) == ids


def test_between_ends_at_the_next_primary_activity_even_if_that_is_not_asked_for(
    stream: duckdb.DuckDBPyConnection,
) -> None:
    appended = {"activity": "page", "relation": "aggregate_in_between"}
    columns = {"pages": "count(appended.activity_id)"}
    first = {"activity": "order", "occurrence": "first"}
    assert rows(stream, first, appended | {"columns": columns}) == {"a2": 2, "b2": 0}


def test_several_additions_stand_side_by_side_and_may_have_conditions(
    stream: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        stream,
        {"activity": "page", "occurrence": "first"},
        {"activity": "order", "relation": "aggregate_after",
         "columns": {"revenue": "sum(appended.revenue_amount)"}},
        {"activity": "page", "relation": "first_after",
         "where": "appended.activity_detail like '/s%'", "columns": {"page": DETAIL}},
    )  # fmt: skip
    assert found == {"a1": (17, "/six"), "b1": (5, None)}


@pytest.mark.parametrize("relation", ["first_during", "median_before", "before"])
def test_an_unknown_relation_is_named(
    stream: duckdb.DuckDBPyConnection, relation: str
) -> None:
    appended = {"activity": "page", "relation": relation, "columns": {"page": DETAIL}}
    with pytest.raises(NoRelationError, match=relation):
        rows(stream, {"activity": "order"}, appended)
