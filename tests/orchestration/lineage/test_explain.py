"""The rows and events behind one value."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from cdp.errors import Rejected
from orchestration.lineage.customer import find_customer, identifier_types
from orchestration.lineage.explain import Explainer, Level
from orchestration.lineage.graph import Builder
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.project import Project, Table
from orchestration.lineage.queries import read_queries

MODELS = {
    "staged": "select message_id as event_id, event as event_name, user_id,"
    " properties, traits, trim(json_extract_string(traits, '$.city')) as city"
    " from raw_events.events",
    "resolved": "select staged.*, 'c_' || user_id as customer_id,"
    " upper(city) as town from marts.staged",
    "orders": "select event_id as order_id, event_id, customer_id,"
    " cast(json_extract_string(properties, '$.total') as decimal(18, 2)) as amount"
    " from marts.resolved where event_name = 'paid'",
    "customers": "select customer_id, cast(sum(amount) as decimal(18, 2)) as spent"
    " from marts.orders group by customer_id",
    "people": "select customer_id, max(json_extract_string(traits, '$.email')) as email"
    ", max(town) as town from marts.resolved group by customer_id",
    "baskets": "select event_id, customer_id, json_extract(properties, '$.items') as"
    " items from marts.resolved",
    "first_items": "select event_id, customer_id, json_extract_string(items,"
    " '$[0].name') as item_name from marts.baskets",
}
EVENTS = [
    ("m1", "paid", "u1", '{"total": 10.5}', None),
    ("m2", "paid", "u1", '{"total": 2, "items": [{"name": "Lamp"}]}', None),
    ("m3", "paid", "u2", '{"total": 100}', None),
    ("m4", None, "u1", None, '{"email": "rosa@example.com", "city": " Lima"}'),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema raw_events; create schema marts")
        connection.execute(
            "create table raw_events.events (message_id varchar, event varchar,"
            " user_id varchar, properties json, traits json, type varchar,"
            " timestamp timestamp)"
        )
        connection.executemany(
            "insert into raw_events.events values (?, ?, ?, ?, ?, 'track', now())",
            EVENTS,
        )
        for name, code in MODELS.items():
            connection.execute(f"create table marts.{name} as {code}")
        connection.execute(
            "create table marts.customer_identifiers as select distinct customer_id,"
            " 'user_id' as identifier_type, user_id as identifier_value"
            " from marts.resolved union all"
            " select 'c_u1', 'email', 'rosa@example.com' union all"
            " select 'c_u1', 'phone', '1' union all select 'c_u2', 'phone', '1'"
        )
        yield connection


def explainer_of(
    connection: duckdb.DuckDBPyConnection, customer: str = "c_u1", *, is_open: bool
) -> Explainer:
    source = Table("events.events", "source", "raw_events", "events", "")
    tables = {source.name: source} | {
        name: Table(name, "model", "marts", name, "", codes=(code,))
        for name, code in MODELS.items()
    }
    project = Project("duckdb", tables)
    queries = read_queries(project, {})
    graph = Builder(project, queries, {}).build()
    lineage = Lineage(project, graph, (), dict(queries.columns), {})
    kinds = identifier_types(connection, customer)
    return Explainer(
        connection, lineage, customer, kinds, "2026-01-01T00:00:00Z", 5, is_open
    )


def explained(
    connection: duckdb.DuckDBPyConnection, name: str, *, is_open: bool = False
) -> list[Level]:
    table, _, column = name.partition(".")
    explainer = explainer_of(connection, is_open=is_open)
    return list(explainer.levels(table, column))


def test_a_customer_without_a_row_or_a_value_is_told(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("delete from marts.customers where customer_id = 'c_u2'")
    other = explainer_of(connection, "c_u2", is_open=False)
    assert other.nothing_said("customers", "spent") == "c_u2 has no row in customers"
    assert other.nothing_said("people", "town") == "town is empty in people"
    assert other.nothing_said("orders", "amount") == ""


def test_a_sum_is_shown_with_its_rows_and_their_events_and_made_again(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    value, orders, resolved, events = explained(connection, "customers.spent")
    assert [str(each) for each in value.rows[0]] == ["12.50"]
    assert value.checks == ("spent made again from the rows below: 12.50, the same",)
    assert (orders.table, orders.row_count) == ("orders", 2)
    assert (resolved.table, resolved.of) == ("resolved", "event_name is paid")
    assert {row[0] for row in events.rows} == {"m1", "m2"}
    assert {row[-1] for row in events.rows} == {"10.5", "2"}


def test_a_value_that_is_not_what_its_rows_make_is_told(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("update marts.customers set spent = 13 where spent < 100")
    value, *_ = explained(connection, "customers.spent")
    assert value.checks == (
        "spent made again from the rows below: 12.50, NOT what is stored",
    )


def test_a_value_worked_out_before_anybody_is_known_is_shown_with_its_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = explained(connection, "people.town", is_open=True)
    levels = {level.table: level for level in found}
    assert levels["people"].checks == (
        "town made again from the rows below: LIMA, the same",
    )
    assert ("m4", "Lima") in levels["staged"].rows
    assert levels["staged"].checks == ()


def test_what_lies_in_a_list_is_shown(connection: duckdb.DuckDBPyConnection) -> None:
    found = explained(connection, "first_items.item_name", is_open=True)
    levels = {level.table: level for level in found}
    assert levels["baskets"].row_count == 1
    assert "Lamp" in str(levels["baskets"].rows)


def test_personal_values_are_masked_unless_they_are_asked_for(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    shown = str(explained(connection, "people.email"))
    assert "rosa@example.com" not in shown
    assert "r•••" in shown
    assert "rosa@example.com" in str(
        explained(connection, "people.email", is_open=True)
    )


@pytest.mark.parametrize(
    "written",
    ["c_u1", "u1", "user_id:u1", "email:Rosa@example.com", "ROSA@example.com"],
)
def test_a_customer_is_found_by_any_identifier(
    connection: duckdb.DuckDBPyConnection, written: str
) -> None:
    assert find_customer(connection, written) == "c_u1"


@pytest.mark.parametrize(
    ("written", "said"), [("nobody", "nobody has"), ("phone:1", "several customers")]
)
def test_who_is_not_one_customer_is_told(
    connection: duckdb.DuckDBPyConnection, written: str, said: str
) -> None:
    with pytest.raises(Rejected, match=said):
        find_customer(connection, written)
