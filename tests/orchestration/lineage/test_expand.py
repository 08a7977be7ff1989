"""What a query's columns are made of."""

# ruff: noqa: S608, ISC004 - queries that are read, not run

from __future__ import annotations

import pytest

from orchestration.lineage.place import ROWS, Place
from orchestration.lineage.project import Table
from tests.orchestration.lineage.small_project import graph_of, origins_of

FROM = "from raw_stripe.charges"
CASES = {
    "a column that is renamed twice": (
        f"with a as (select * {FROM}), b as (select amount as x from a)"
        " select x as y from b",
        {"stripe.charges.amount"},
    ),
    "a window": (
        f"select sum(amount) over (partition by customer order by created) as y {FROM}",
        {
            "stripe.charges.amount",
            "if stripe.charges.customer",
            "if stripe.charges.created",
        },
    ),
    "a union, by position": (
        f"select amount as y, id {FROM} union all select fee, id {FROM}",
        {"stripe.charges.amount", "stripe.charges.fee"},
    ),
    "rows that a qualify chooses": (
        f"select amount as y {FROM} qualify row_number() over (order by id) = 1",
        {"stripe.charges.amount"},
    ),
    "a column of the same select": (
        f"select amount * 2 as x, x + fee as y {FROM}",
        {"stripe.charges.amount", "stripe.charges.fee"},
    ),
    "a path in a document": (
        f"select json_extract_string(meta, '$.a.b[0].c') as y {FROM}",
        {"stripe.charges.meta.a.b[0].c"},
    ),
    "a path in a path": (
        f"with a as (select json_extract(meta, '$.a') as m {FROM})"
        " select nullif(json_extract_string(m, '$.b'), '') as y from a",
        {"stripe.charges.meta.a.b"},
    ),
    "records of a list": (
        "select record.price as y from (select unnest(records) as record from ("
        "select from_json(json_extract(meta, '$.lines'), '[{\"price\":\"VARCHAR\"}]')"
        f" as records {FROM}))",
        {"stripe.charges.meta.lines[].price"},
    ),
    "columns that are turned into rows": (
        f"with a as (select id, amount * 2 as twice, fee {FROM})"
        " select value as y from a unpivot (value for name in (twice, fee))",
        {"stripe.charges.amount", "stripe.charges.fee"},
    ),
    "columns of a loaded table that are turned into rows": (
        f"select value as y {FROM} unpivot (value for name in (amount, fee))",
        {"stripe.charges.amount", "stripe.charges.fee"},
    ),
    "one of the columns that were turned into rows": (
        f"with a as (select id, amount, fee {FROM}) select value as y from a"
        " unpivot (value for name in (amount, fee)) where name = 'fee'",
        {"stripe.charges.fee"},
    ),
    "what stays beside columns that are turned into rows": (
        f"with a as (select id, amount, fee {FROM})"
        " select id as y from a unpivot (value for name in (amount, fee))",
        {"stripe.charges.id"},
    ),
    "rows that are turned into columns": (
        f"with a as (select id, status, amount, fee {FROM})"
        " select open_most as y from a pivot (sum(amount) as total, max(fee) as most"
        " for status in ('paid', 'open'))",
        {"stripe.charges.fee", "if stripe.charges.status"},
    ),
    "a field of a struct": (
        f"with a as (select {{'price': amount, 'cost': fee}} as item {FROM})"
        " select item.price + item['price'] + struct_extract(item, 'price') as y"
        " from a",
        {"stripe.charges.amount"},
    ),
    "a part of a document in brackets": (
        f"select meta['a']['b'] as y {FROM}",
        {"stripe.charges.meta.a.b"},
    ),
    "an ordered list": (
        f"select string_agg(status, ', ' order by created) as y {FROM}",
        {"stripe.charges.status", "if stripe.charges.created"},
    ),
    "a window with a name": (
        f"select sum(amount) over months as y {FROM}"
        " window months as (partition by customer order by created)",
        {
            "stripe.charges.amount",
            "if stripe.charges.customer",
            "if stripe.charges.created",
        },
    ),
    "a list that is made of another": (
        f"select [each.price for each in items if each.count > fee] as y {FROM}",
        {
            "stripe.charges.items[].price",
            "if stripe.charges.items[].count",
            "if stripe.charges.fee",
        },
    ),
    "a column without its table, beside a loaded one": (
        f"select item as y {FROM} as one"
        " cross join lateral (select unnest(one.items) as item) as opened",
        {"stripe.charges.items[]"},
    ),
    "a value that is looked for in small letters": (
        f"with a as (select ' Paid' as kind, amount as value {FROM} union all"
        f" select 'open', fee {FROM})"
        " select value as y from a where lower(trim(kind)) = 'paid'",
        {"stripe.charges.amount"},
    ),
    "a number that is written in another way": (
        f"with a as (select 1.0 as kind, amount as value {FROM} union all"
        f" select 2, fee {FROM}) select value as y from a where kind = 1",
        {"stripe.charges.amount"},
    ),
    "a condition": (
        f"select case when status = 'paid' then amount else 0 end as y {FROM}",
        {"stripe.charges.amount", "if stripe.charges.status"},
    ),
    "a question of another query": (
        f"select (select max(amount) {FROM}) as y {FROM}",
        {"stripe.charges.amount"},
    ),
    "a sum over some of the rows": (
        f"select sum(amount) as y {FROM} where is_paid and id is not null",
        {"stripe.charges.amount", "if stripe.charges.is_paid"},
    ),
    "whether something was joined": (
        f"with paid as (select id {FROM} where is_paid) select paid.id is not null as y"
        " from raw_stripe.charges as c left join paid on c.id = paid.id",
        {"stripe.charges.*", "if stripe.charges.is_paid"},
    ),
    "whether there is such a row": (
        "select exists (select 1 from raw_stripe.charges as c where c.id = d.ref) as y"
        " from raw_stripe.charges as d",
        {"if stripe.charges.*"},
    ),
    "a count of rows": (f"select count(*) as y {FROM}", {"stripe.charges.*"}),
    "a query that reads itself": (
        f"with recursive a as (select amount as y, 1 as n {FROM}"
        " union all select y, n + 1 from a where n < 3) select y from a",
        {"stripe.charges.amount"},
    ),
    "nothing but text": ("select 'x' as y", set()),
}


@pytest.mark.parametrize("case", CASES)
def test_a_column_is_made_of(case: str) -> None:
    code, expected = CASES[case]
    graph = graph_of(model=code)
    assert origins_of(graph, "model", "y") == expected
    assert graph.problems == ()


TRAITS = """
    select c.id, t.name, case t.name when 'a' then c.x when 'b' then c.z end as value
    from raw_stripe.charges as c
    cross join (select 'a' as name union all select 'b' as name) as t
"""


def test_a_value_that_is_picked_by_name_comes_from_its_own_branch_alone() -> None:
    graph = graph_of(
        traits=TRAITS,
        pivot="select max(case when name = 'b' then value end) as y from main.traits",
    )
    assert origins_of(graph, "pivot", "y") == {"stripe.charges.z"}


def test_a_union_is_followed_into_the_branch_that_can_have_the_value() -> None:
    graph = graph_of(
        both="select 'a' as kind, x as v from raw_stripe.charges"
        " union all select 'b' as kind, z as v from raw_stripe.charges",
        one="select v as y from main.both where kind = 'b'",
    )
    assert origins_of(graph, "one", "y") == {"stripe.charges.z"}


def test_a_property_is_that_of_the_event_that_the_query_asks_for() -> None:
    graph = graph_of(
        staged="select case when type = 'track' then event else type end as event_name,"
        " properties from raw_events.events",
        handed_on="select * from main.staged",
        orders="select json_extract_string(properties, '$.total') as y"
        " from main.handed_on where event_name = 'order_completed'",
    )
    assert origins_of(graph, "orders", "y") == {
        "order_completed:events.events.properties.total"
    }


def test_what_only_chooses_rows_is_a_filter_and_no_value() -> None:
    graph = graph_of(model="select amount as y from raw_stripe.charges where ok")
    filters = [
        step for step in graph.steps[Place("model", ROWS)] if step.how == "filter"
    ]
    assert [step.origin.name for step in filters] == ["stripe.charges.ok"]


def test_a_table_that_a_hook_makes_is_followed_to_what_the_hook_reads() -> None:
    hook = "{{ contract_links(ref('links'), 'refusal is null', 'people') }}"
    code = "select component_label as y from temp.main.scratch_people"
    model = Table("people", "model", "main", "people", "", codes=(code,), hooks=(hook,))
    links = "select a as left_number, b as right_number from raw_stripe.charges"
    graph = graph_of(model, links=links)
    assert origins_of(graph, "people", "y") == {"stripe.charges.a", "stripe.charges.b"}
    assert graph.problems == ()


NOT_FOLLOWED = {
    "a table that nobody knows": ("select a as y from other.place", "none of dbt's"),
    "SQL that cannot be read": ("select from where )", "Expected"),
    "a column that is not there": (
        "select f.nothing as y from (select amount from raw_stripe.charges) as f",
        "nothing",
    ),
}


@pytest.mark.parametrize("case", NOT_FOLLOWED)
def test_what_cannot_be_followed_is_said(case: str) -> None:
    code, reason = NOT_FOLLOWED[case]
    problems = graph_of(model=code).problems
    assert any(reason in problem.reason for problem in problems), problems
