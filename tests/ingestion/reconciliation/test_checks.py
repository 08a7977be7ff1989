import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ingestion.load import load_source
from ingestion.reconciliation import checks
from ingestion.reconciliation.checks import Check, due, reconcile
from ingestion.reconciliation.figure import Figure

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("in_source", "in_warehouse", "verdict"),
    [
        (1000, 1000, "equal"),
        (1000, 999, "within_tolerance"),
        (1000, 1001, "within_tolerance"),
        (1000, 998, "different"),
        (0, 1, "different"),
        (0, 0, "equal"),
        (-1000, -1001, "within_tolerance"),
    ],
)
def test_a_difference_is_judged_by_its_share_of_the_source(
    in_source, in_warehouse, verdict
):
    figure = Figure("orders", "sum of total", "all rows", Decimal(in_source))
    check = Check("shop", figure, Decimal(in_warehouse), None)  # type: ignore[arg-type]
    assert check.verdict == verdict


@pytest.fixture
def lists(settings: Settings, tmp_path):
    """A folder with one file of three good lines."""
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "a.csv").write_text("sku,price\nx,1\ny,2\nz,3\n")
    section = {"kind": "files", "url": str(folder), "tables": {"prices": "*.csv"}}
    document = {"sources": {"lists": section}}
    return folder, Settings(settings.project_dir, settings.data_dir, document, {})


def test_the_sum_of_a_declared_column_is_compared_line_by_line(lists):
    folder, settings = lists
    tables = {"prices": {"glob": "*.csv", "sum": "price"}}
    tables["prices"]["columns"] = {"price": "decimal"}
    settings.document["sources"]["lists"]["tables"] = tables
    (folder / "b.csv").write_text("sku,price\nw,0.50\nv,free\n")
    load_source(settings, "lists")
    count, total = reconcile(settings, ["lists"])
    assert (count.verdict, count.difference) == ("different", -1), "one line is refused"
    assert (total.verdict, total.in_warehouse) == ("equal", Decimal("6.50"))


def test_a_check_is_kept_and_is_due_again_after_a_day(lists, monkeypatch):
    folder, settings = lists
    load_source(settings, "lists")
    assert due(settings) == ["lists"]
    [check] = reconcile(settings, ["lists"])
    assert (check.verdict, check.in_warehouse) == ("equal", 3)
    assert due(settings) == []
    (folder / "b.csv").write_text("sku,price\nw,1\n")
    [check] = reconcile(settings, ["lists"])
    assert (check.verdict, check.difference) == ("different", -1)
    with open_warehouse(settings, "test") as connection:
        kept = connection.execute(
            "select source, table_name, what, in_source, in_warehouse, difference,"
            " verdict from raw_reconciliation.checks order by checked_at"
        ).fetchall()
    assert kept == [
        ("lists", "prices", "count", 3, 3, 0, "equal"),
        ("lists", "prices", "count", 4, 3, -1, "different"),
    ]
    monkeypatch.setattr(checks, "EVERY", -checks.EVERY)
    assert due(settings) == ["lists"]


def test_a_run_a_little_earlier_than_yesterdays_compares_again(lists):
    _, settings = lists
    load_source(settings, "lists")
    reconcile(settings, ["lists"])
    for minutes, expected in ((22 * 60, []), (24 * 60 - 2, ["lists"])):
        with open_warehouse(settings, "test") as connection:
            connection.execute(
                "update raw_reconciliation.checks"
                " set checked_at = now() - to_minutes(?)",
                [minutes],
            )
        assert due(settings) == expected


def test_dbt_makes_the_same_table_when_nothing_has_been_compared_yet():
    macro = PROJECT / "macros" / "hooks" / "create_reconciliation_tables.sql"
    pieces = re.findall(r"'([^']*)'", macro.read_text().partition("-%}")[0])
    text = "".join(pieces)
    theirs, ours = duckdb.connect(), duckdb.connect()
    theirs.execute("create schema raw_reconciliation")
    theirs.execute(text[text.index("create table") :])
    ours.execute(checks.DDL)
    columns = "select column_name, data_type from information_schema.columns"
    assert theirs.execute(columns).fetchall() == ours.execute(columns).fetchall()


def test_a_database_is_asked_for_its_counts_and_sums(postgres, settings):
    postgres.run("create schema told")
    postgres.run(
        "create table told.orders as select n as id, n * 1.5 as total,"
        " n = 7 as is_gone, now() as updated_at from generate_series(1, 40) as n"
    )
    postgres.run("alter table told.orders add primary key (id)")
    section = {"kind": "postgres", **postgres.section, "schema": "told"}
    section["tables"] = {"orders": {"deleted": "is_gone", "sum": "total"}}
    shop = Settings(
        settings.project_dir, settings.data_dir, {"sources": {"shop": section}}, {}
    )
    load_source(shop, "shop")
    count, total = reconcile(shop, ["shop"])
    assert (count.verdict, count.in_warehouse) == ("equal", 39)
    assert (total.verdict, total.in_warehouse) == ("equal", Decimal("1219.5"))
    postgres.run("delete from told.orders where id <= 2")
    postgres.run("update told.orders set total = 0 where id = 3")
    count, total = reconcile(shop, ["shop"])
    assert (count.verdict, count.difference) == ("different", 2)
    assert (total.verdict, total.difference) == ("different", Decimal(9))
