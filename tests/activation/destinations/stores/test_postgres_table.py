from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activation.destinations.delivery import Patience, deliver_patiently
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.postgres import PostgresTable
from activation.destinations.presence import ABSENT, present
from cdp.errors import Misconfigured, Rejected

DELIVERED = Outcome(Status.DELIVERED)


@pytest.fixture
def table(postgres: Any) -> str:
    postgres.run("drop table if exists people")
    postgres.run(
        "create table people (shop text, id text, amount numeric, tags jsonb,"
        " seen_at timestamptz, is_vip boolean, primary key (shop, id))"
    )
    return "people"


def open_table(postgres: Any, name: str) -> PostgresTable:
    return PostgresTable(postgres.section, name, "shop, id")


def test_rows_are_inserted_then_changed_and_keep_their_digits(
    postgres: Any, table: str
) -> None:
    store = open_table(postgres, table)
    moment = datetime(2026, 10, 1, 10, tzinfo=UTC)
    amount = Decimal("12345678901234567890.10")
    row = {"shop": "a", "id": "1", "amount": amount, "tags": {"x": [1]}}
    full = {**row, "seen_at": moment, "is_vip": True}

    assert store.deliver([store.prepare(full)]) == [DELIVERED]
    assert postgres.run("select * from people") == [
        ("a", "1", amount, {"x": [1]}, moment, True)
    ]
    store.deliver([store.prepare(full | {"amount": None, "is_vip": False})])
    store.close()

    assert postgres.run("select amount::text, is_vip from people") == [(None, False)]


def test_of_rows_that_share_a_key_the_last_holds(postgres: Any, table: str) -> None:
    store = open_table(postgres, table)
    rows = [{"shop": "a", "id": "1", "amount": amount} for amount in (1, 2, 3)]

    outcomes = store.deliver([store.prepare(row) for row in rows])
    store.close()

    assert outcomes == [DELIVERED] * 3
    assert postgres.run("select amount::int from people") == [(3,)]


def test_rows_that_left_the_model_are_deleted(postgres: Any, table: str) -> None:
    store = open_table(postgres, table)
    rows = [{"shop": "a", "id": str(number), "amount": 1} for number in range(3)]
    store.deliver([store.prepare(row) for row in rows])

    removals = [store.prepare_removal(row) for row in rows[:2]]
    assert store.request(removals).method == "DELETE"
    assert store.deliver(removals) == [DELIVERED] * 2
    assert store.deliver(removals) == [DELIVERED] * 2
    store.close()

    assert postgres.run("select id from people") == [("2",)]


def test_a_key_alone_is_a_row(postgres: Any, table: str) -> None:
    store = open_table(postgres, table)
    items = [store.prepare({"shop": "a", "id": "1"})]

    assert store.deliver(items) == store.deliver(items) == [DELIVERED]
    store.close()

    assert postgres.run("select count(*) from people") == [(1,)]


def test_one_bad_row_does_not_stop_its_neighbours(
    postgres: Any, table: str, hasty: Patience
) -> None:
    store = open_table(postgres, table)
    amounts = [1, "ada@example.com", 3]
    items = [
        store.prepare({"shop": "a", "id": str(number), "amount": amount})
        for number, amount in enumerate(amounts)
    ]

    outcomes = deliver_patiently(store, items, hasty)
    store.close()

    assert [one.status for one in outcomes] == [
        Status.DELIVERED,
        Status.REJECTED,
        Status.DELIVERED,
    ]
    assert "numeric" in outcomes[1].reason
    assert "ada" not in outcomes[1].reason


@pytest.mark.parametrize(
    ("name", "key", "fields", "words"),
    [
        ("missing", "id", {"id": "1"}, "missing"),
        ("people", "id", {"id": "1", "shop": "a"}, "unique"),
        ("people", "shop,id", {"shop": "a", "id": "1", "tier": 1}, "tier"),
        ("other.people", "id", {"id": "1"}, "other"),
    ],
)
def test_a_mapping_that_never_fits_is_the_operators_turn(
    postgres: Any, table: str, name: str, key: str, fields: Any, words: str
) -> None:
    store = PostgresTable(postgres.section, name, key)

    with pytest.raises(NotTaken) as refusal:
        store.deliver([store.prepare(fields)])
    store.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert words in refusal.value.outcome.reason


def test_a_row_without_its_key_is_rejected(postgres: Any) -> None:
    store = open_table(postgres, "people")

    for prepare in (store.prepare, store.prepare_removal):
        with pytest.raises(Rejected, match="shop, id"):
            prepare({"shop": "a", "id": None})


def test_table_and_key_must_be_named(postgres: Any) -> None:
    with pytest.raises(Misconfigured, match="external_id_field"):
        PostgresTable(postgres.section, "people", "")


def test_a_row_that_is_there_is_changed_and_none_is_made(
    postgres: Any, table: str
) -> None:
    postgres.run("insert into people (shop, id, amount) values ('a', '2', 7)")
    store = open_table(postgres, table)
    rows = [{"shop": "a", "id": str(number), "amount": 1} for number in range(3)]

    items = [store.prepare_update(row) for row in rows]
    assert store.request(items).method == "UPDATE"
    assert store.deliver(items) == [ABSENT, ABSENT, DELIVERED]
    keys = [store.prepare_update({"shop": "a", "id": one}) for one in ("1", "2")]
    assert store.deliver(keys) == [ABSENT, DELIVERED]
    store.close()

    assert postgres.run("select id, amount::int from people") == [("2", 1)]


def test_a_row_that_is_not_there_is_made_and_none_is_changed(
    postgres: Any, table: str
) -> None:
    postgres.run("insert into people (shop, id, amount) values ('a', '2', 7)")
    store = open_table(postgres, table)
    rows = [{"shop": "a", "id": one, "amount": 1} for one in ("1", "2", "3", "3")]
    rows[3]["amount"] = 9

    items = [store.prepare_creation(row) for row in rows]
    assert store.request(items).method == "INSERT"
    outcomes = store.deliver(items)
    store.close()

    assert outcomes == [DELIVERED, present(), DELIVERED, present()]
    assert postgres.rows("people", "id, amount::int") == [("1", 1), ("2", 7), ("3", 1)]


def test_keys_are_compared_as_the_table_types_them(postgres: Any) -> None:
    postgres.run("drop table if exists sizes")
    postgres.run("create table sizes (id integer primary key, name text)")
    postgres.run("insert into sizes values (7, 'seven')")
    store = PostgresTable(postgres.section, "sizes", "id")

    known = store.deliver([store.prepare_update({"id": "007", "name": "bond"})])
    made = store.deliver([store.prepare_creation({"id": "008", "name": "eight"})])
    store.close()

    assert (known, made) == ([DELIVERED], [DELIVERED])
    assert postgres.rows("sizes") == [(7, "bond"), (8, "eight")]


def test_what_rows_have_in_some_columns_can_be_read(postgres: Any, table: str) -> None:
    postgres.run("insert into people (shop, id, amount) values ('a', '2', 7.50)")
    store = open_table(postgres, table)
    rows = [{"shop": "a", "id": one, "amount": 1} for one in ("1", "2")]

    found = store.read_fields(rows, ("amount", "is_vip"))
    store.close()

    assert found == [{}, {"amount": Decimal("7.50"), "is_vip": None}]
