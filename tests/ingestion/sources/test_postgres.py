"""A production database, read by real loads: what arrives, changes, goes and flips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import Settings
from ingestion.load import load_source
from ingestion.pipeline import run_source
from ingestion.reconciliation.checks import reconcile
from ingestion.sources import keyset, postgres

ORDERS = """
create schema {schema};
create table {schema}.orders (
    id bigint primary key, status text, total numeric(18, 2), note jsonb,
    updated_at timestamptz
);
insert into {schema}.orders
select n, 'paid', n * 1.25, '{{"n": 1}}',
    timestamptz '2026-03-01 00:00+00' + n * interval '1 minute'
from generate_series(1, 250) as n;
"""


class Shop:
    """The database of a shop, and the warehouse that reads it."""

    def __init__(self, server: Any, settings: Settings, schema: str) -> None:
        self.server, self.settings, self.schema = server, settings, schema

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.server.run(statement.format(schema=self.schema))

    def load(self, rows_per_load: int = 50_000) -> dict[str, int]:
        found = postgres.source(self.settings, name="shop", rows_per_load=rows_per_load)
        loads = run_source(self.settings, "shop", found)
        return {one.table: one.rows for one in loads}

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(statement).fetchall()


@pytest.fixture
def shop(postgres: Any, settings: Settings, request: Any) -> Iterator[Shop]:
    schema = f"of_{abs(hash(request.node.name))}"
    section = {"kind": "postgres", **postgres.section, "schema": schema}
    document = {"sources": {"shop": section}}
    made = Shop(
        postgres,
        Settings(settings.project_dir, settings.data_dir, document, {}),
        schema,
    )
    made.run(ORDERS)
    yield made
    made.run("drop schema {schema} cascade")


Declare = Callable[..., None]


VALUES = {  # by type: what is there, what arrives
    "timestamptz": {"'infinity'": "9999-12-31 00:00:00+00", "'0044-03-15 BC'": None},
    "timestamp": {"'1901-02-03 04:05'": "1901-02-03 04:05:00"},
    "date": {"'-infinity'": "0001-01-02", "'1066-10-14'": "1066-10-14"},
    "time": {"'24:00'": "23:59:59.999999"},
    "numeric": {"'NaN'": "", "1e50": "", "1.0 / 3": "0.333333333"},
    "numeric(10, 2)": {"'NaN'": "", "1969.07": "1969.07"},
    "numeric(60, 5)": {"1e40 + 0.5": f"1{'0' * 40}.50000"},
    "bigint": {"-9223372036854775808": "-9223372036854775808"},
    "interval": {"'1 month 3 days'": "1 mon 3 days"},
    "inet": {"'10.0.0.1'": "10.0.0.1"},
    "point": {"'(1,2)'": "(1,2)"},
    "jsonb": {"'[100000000000000000000, 1e400]'": None},
    "text[]": {"array['a', 'b']": '["a","b"]'},
    "text": {"E'na\\u00efve \\U0001F984'": "naïve 🦄"},
}


KEYS = {  # by type: values that both sides write in another way
    "numeric": ("1", "2.5"),
    "char(5)": ("'ab'", "'abcde'"),
    "bytea": (r"'\x0001ff'", r"'\x6162'"),
    "timestamptz": ("'2026-03-01 00:00+00'", "'2026-07-01 00:00:00.5+00'"),
    "real": ("1", "0.1"),
    "uuid": ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",),
    "inet": ("'10.0.0.1'", "'10.0.0.0/8'"),
}


@pytest.fixture
def declare(shop: Shop) -> Declare:
    """Declare the table orders with these options."""

    def write(**options: Any) -> None:
        shop.settings.document["sources"]["shop"]["tables"] = {"orders": options}

    return write


def test_the_first_load_brings_everything_and_the_second_nothing(shop: Shop) -> None:
    assert shop.load() == {"raw_shop.orders": 250}
    found = "select count(*), sum(total), min(note ->> 'n') from raw_shop.orders"
    assert shop.query(found) == [(250, sum(range(251)) * 1.25, "1")]
    assert shop.load() == {}
    loads = "select count(*) from raw_shop._dlt_loads where status = 0"
    assert shop.query(loads) == [(2,)], "a load of nothing new is a complete load"


def test_changed_new_and_late_rows_arrive(shop: Shop) -> None:
    shop.load()
    shop.run(
        "update {schema}.orders set status = 'sent', updated_at = '2026-04-01'"
        " where id = 7",
        "insert into {schema}.orders values (900, 'new', 1, null, '2026-04-01')",
        # committed late: its time lies half an hour behind the newest one known
        "insert into {schema}.orders values"
        " (901, 'late', 1, null, timestamptz '2026-03-01 03:40+00')",
    )
    assert shop.load() == {"raw_shop.orders": 3}
    found = shop.query(
        "select id from raw_shop.orders where status <> 'paid' order by 1"
    )
    assert found == [(7,), (900,), (901,)]
    assert shop.load() == {}


@pytest.mark.parametrize("cursor", ["updated_at", "id"])
def test_a_first_load_goes_on_after_the_part_it_had(
    shop: Shop, declare: Declare, monkeypatch: pytest.MonkeyPatch, cursor: str
) -> None:
    # as many rows of one moment as make several pages
    shop.run("update {schema}.orders set updated_at = '2026-03-01' where id <= 200")
    monkeypatch.setattr(keyset, "PAGE_ROWS", 40)
    monkeypatch.setattr(postgres, "PAGE_ROWS", 40)
    declare(cursor=cursor)
    parts = []
    while found := shop.load(rows_per_load=80):
        parts.append(found["raw_shop.orders"])
    assert parts == [80, 80, 80, 10]
    assert shop.query("select count(distinct id) from raw_shop.orders") == [(250,)]


def test_a_table_without_a_key_is_replaced_and_one_without_a_cursor_read_whole(
    shop: Shop,
) -> None:
    shop.run(
        "create table {schema}.log as select n from generate_series(1, 30) as n",
        "create table {schema}.codes (code text primary key, name text)",
        "insert into {schema}.codes values ('a', 'one'), ('b', 'two')",
    )
    tables = {"raw_shop.orders": 250, "raw_shop.log": 30, "raw_shop.codes": 2}
    assert shop.load() == tables
    shop.run("insert into {schema}.log values (31)")
    assert shop.load() == {"raw_shop.log": 31, "raw_shop.codes": 2}
    shop.run("delete from {schema}.log where n > 3")
    error = load_source(shop.settings, "shop").error or ""
    assert "31 rows are known, the source has 3" in error
    assert shop.query("select count(*) from raw_shop.log") == [(31,)]
    shop.settings.document["sources"]["shop"]["largest_fall"] = 0
    shop.run("insert into {schema}.log select n from generate_series(5, 31) as n")
    error = load_source(shop.settings, "shop").error or ""
    assert "31 rows are known, the source has 30: a fall of 3%" in error


def test_a_new_column_is_welcome_and_a_flipped_type_is_kept_apart(shop: Shop) -> None:
    shop.load()
    shop.run(
        "alter table {schema}.orders add column coupon text",
        "alter table {schema}.orders alter column total type text",
        "update {schema}.orders set total = '7.5', coupon = 'SPRING',"
        " updated_at = '2026-04-01' where id = 1",
        "update {schema}.orders set total = 'free', updated_at = '2026-04-01'"
        " where id = 2",
    )
    assert shop.load()["raw_shop.orders__refused"] == 1
    found = "select id, total, coupon from raw_shop.orders where id < 3 order by id"
    assert shop.query(found) == [(1, 7.5, "SPRING"), (2, 2.5, None)]
    kept = "select record_key, reason from raw_shop.orders__refused"
    [(key, reason)] = shop.query(kept)
    assert key == "2"
    assert "total" in reason
    assert "free" not in reason
    shop.run(
        "update {schema}.orders set total = '8', updated_at = '2026-04-02' where id = 2"
    )
    shop.load()
    assert shop.query(kept) == []
    assert shop.query("select total from raw_shop.orders where id = 2") == [(8,)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cursor": "changed"}, "there is no column changed"),
        ({"lag": "soon"}, "'soon' is no span of time"),
    ],
)
def test_a_wrong_declaration_is_the_operators_turn(
    shop: Shop, declare: Declare, options: dict[str, str], message: str
) -> None:
    declare(**options)
    with pytest.raises(Misconfigured, match=message):
        shop.load()


@pytest.mark.parametrize("kind", VALUES)
def test_no_value_of_the_database_stops_a_load(shop: Shop, kind: str) -> None:
    shop.run(f"create table {{schema}}.odd (id int primary key, value {kind})")
    for number, value in enumerate(VALUES[kind]):
        shop.run(f"insert into {{schema}}.odd values ({number}, {value})")  # noqa: S608
    load_source(shop.settings, "shop").raise_if_failed()
    found = shop.query("select cast(value as varchar) from raw_shop.odd order by id")
    for (arrived,), expected in zip(found, VALUES[kind].values(), strict=True):
        assert expected is None or (arrived or "") == expected


def test_a_time_of_change_without_end_is_not_read(shop: Shop) -> None:
    shop.run("update {schema}.orders set updated_at = 'infinity' where id <= 3")
    assert shop.load() == {"raw_shop.orders": 247}
    shop.run("update {schema}.orders set updated_at = now() where id = 1")
    assert shop.load() == {"raw_shop.orders": 1}


def test_a_table_in_mixed_case_is_compared_and_kept_apart(shop: Shop) -> None:
    table = '{schema}."OrderItem"'
    shop.run(f'create table {table} ("Item ID" int primary key, "unitPrice" numeric)')
    shop.run(f"insert into {table} select n, n from generate_series(1, 4) as n")  # noqa: S608
    shop.settings.document["sources"]["shop"]["tables"] = {
        "OrderItem": {"compare": "0s", "sum": "unitPrice"}
    }
    load_source(shop.settings, "shop").raise_if_failed()
    shop.run(
        f'delete from {table} where "Item ID" = 4',  # noqa: S608
        f'alter table {table} alter "unitPrice" type text',
        f"""update {table} set "unitPrice" = 'dear' where "Item ID" = 2""",  # noqa: S608
    )
    load_source(shop.settings, "shop").raise_if_failed()
    gone = "select item_id from raw_shop.order_item where _deleted_at is not null"
    assert shop.query(gone) == [(4,)]
    apart = "select record_key from raw_shop.order_item__refused"
    assert shop.query(apart) == [("2",)]
    shop.run(f"""update {table} set "unitPrice" = '7' where "Item ID" = 2""")  # noqa: S608
    load_source(shop.settings, "shop").raise_if_failed()
    assert shop.query(apart) == []


def test_a_row_that_is_gone_is_marked_and_one_that_comes_back_is_not(
    shop: Shop, declare: Declare
) -> None:
    declare(compare="0s")
    assert load_source(shop.settings, "shop").rows == 250
    shop.run("delete from {schema}.orders where id <= 10")
    result = load_source(shop.settings, "shop")
    assert (result.error, result.rows) == (None, 10)
    deleted = "select count(*) from raw_shop.orders where _deleted_at is not null"
    assert shop.query(deleted) == [(10,)]
    assert shop.query("select count(*) from raw_shop.orders") == [(250,)]
    shop.run(
        "insert into {schema}.orders values (3, 'paid', 1, null, '2026-01-01')",
        "insert into {schema}.orders values (4, 'paid', 1, null, '2026-05-01')",
    )
    load_source(shop.settings, "shop")
    assert shop.query(deleted) == [(8,)]


def test_keys_are_compared_once_a_day_unless_it_says_otherwise(shop: Shop) -> None:
    load_source(shop.settings, "shop")
    shop.run("delete from {schema}.orders where id <= 10")
    assert load_source(shop.settings, "shop").rows == 0
    # the next day's run is rarely a whole day after the last one
    with duckdb.connect(str(shop.settings.warehouse_path)) as connection:
        connection.execute(
            "update ledger.key_comparisons"
            " set compared_at = now() - interval '23 hours 58 minutes'"
        )
    assert load_source(shop.settings, "shop").rows == 10


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_any_type_is_read_in_pages_and_found_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(postgres, "PAGE_ROWS", 1)
    shop.run(f"create table {{schema}}.odd (id {kind} primary key)")
    for value in KEYS[kind]:
        shop.run(f"insert into {{schema}}.odd values ({value})")  # noqa: S608
    shop.run("alter role headwater set timezone = 'Europe/Berlin'")
    shop.settings.document["sources"]["shop"]["tables"] = {"odd": {"compare": "0s"}}
    load_source(shop.settings, "shop").raise_if_failed()
    shop.run("alter role headwater reset timezone")
    counted = "select count(*), count(_deleted_at) from raw_shop.odd"
    assert shop.query(counted) == [(len(KEYS[kind]), 0)]
    shop.run(f"delete from {{schema}}.odd where id = {KEYS[kind][0]}")  # noqa: S608
    load_source(shop.settings, "shop").raise_if_failed()
    assert shop.query(counted) == [(len(KEYS[kind]), 1)]


def test_floating_numbers_stay_numbers_and_are_added_up(
    shop: Shop, declare: Declare
) -> None:
    shop.run(
        "alter table {schema}.orders add column weight double precision",
        "update {schema}.orders set weight = id / 4.0",
        "update {schema}.orders set weight = 'NaN' where id = 4",
    )
    declare(sum="weight")
    load_source(shop.settings, "shop").raise_if_failed()
    weights = "select weight + 1 from raw_shop.orders where id = 1"
    assert shop.query(weights) == [(1.25,)]
    _, added = reconcile(shop.settings, ["shop"])
    assert (added.verdict, float(added.in_warehouse)) == ("equal", 250 * 251 / 8 - 1)


def test_a_sum_that_cannot_be_made_here_is_a_sentence(
    shop: Shop, declare: Declare
) -> None:
    shop.load()
    declare(sum="total")
    with duckdb.connect(str(shop.settings.warehouse_path)) as connection:
        connection.execute("alter table raw_shop.orders drop column total")
    with pytest.raises(Unavailable, match="sum of total cannot be found out here"):
        reconcile(shop.settings, ["shop"])


@pytest.mark.parametrize(
    ("column", "mark"), [("gone_at timestamptz", "'2026-05-01'"), ("gone bool", "true")]
)
def test_a_column_that_marks_deletes_is_believed(
    shop: Shop, declare: Declare, column: str, mark: str
) -> None:
    name = column.split(maxsplit=1)[0]
    shop.run(f"alter table {{schema}}.orders add column {column}")
    declare(deleted=name)
    shop.load()
    shop.run(
        f"update {{schema}}.orders set {name} = {mark}, updated_at = '2026-05-01'"  # noqa: S608
        " where id = 5"
    )
    shop.load()
    deleted = "select id, _deleted_at::date::text from raw_shop.orders"
    found = shop.query(f"{deleted} where _deleted_at is not null")
    assert found == [(5, "2026-05-01")]


def test_a_table_that_collapses_marks_nothing_until_it_is_accepted(
    shop: Shop, declare: Declare
) -> None:
    declare(compare="0s")
    load_source(shop.settings, "shop")
    shop.run("delete from {schema}.orders where id > 40")
    error = load_source(shop.settings, "shop").error or ""
    assert "250 rows are known, the source has 40: a fall of 84%" in error
    assert "--accept-collapse" in error
    deleted = "select count(*) from raw_shop.orders where _deleted_at is not null"
    assert shop.query(deleted) == [(0,)]
    accepted = load_source(shop.settings, "shop", accept_collapse=True)
    assert (accepted.error, accepted.rows) == (None, 210)
    assert shop.query(deleted) == [(210,)]


def test_a_refused_sign_in_says_so_without_the_password(shop: Shop) -> None:
    shop.settings.document["sources"]["shop"]["password"] = "a wrong one"
    error = load_source(shop.settings, "shop").error or ""
    assert "the sign-in is refused" in error
    assert "a wrong one" not in error
