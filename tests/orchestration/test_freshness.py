from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from cdp.settings import Settings
from ingestion.reconciliation.checks import DDL
from orchestration.freshness import Thresholds, describe_sources, thresholds

PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "word"), [(1, "fresh"), (25, "late"), (71, "late"), (73, "stale")]
)
def test_a_source_is_fresh_then_late_then_stale(hours: int, word: str) -> None:
    assert Thresholds().word(timedelta(hours=hours)) == word


def test_thresholds_are_those_of_dbt() -> None:
    found = thresholds(Settings(PROJECT, PROJECT, {}, {}))
    assert found["raw_zendesk"] == Thresholds(timedelta(days=1), timedelta(days=3))
    assert found["raw_reconciliation"].error_after is None


def test_each_source_has_its_last_load_and_what_is_wrong_with_it(
    tmp_path: Path,
) -> None:
    document = {
        "sources": {
            "web": {"kind": "events"},
            "stripe": {"kind": "stripe"},
            "shop": {"kind": "postgres"},
        }
    }
    settings = Settings(PROJECT, tmp_path, document, {})
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(DDL)
        connection.execute("""
            create schema raw_shop; create schema raw_stripe;
            create table raw_stripe._dlt_loads as select 0 as status,
                timestamptz '2026-03-10 11:00:00+00' as inserted_at
                union all select 1, timestamptz '2026-03-10 11:59:00+00';
            create table raw_shop._dlt_loads as select 0 as status,
                timestamptz '2026-03-01 11:00:00+00' as inserted_at;
            create table raw_shop.orders__refused as
                select 'total: decimal expected, a text came' as reason
                from range(3);
            insert into raw_reconciliation.checks values
                ('shop', 'orders', '2026-03-01', 'count', '', 9, 9, 0, 0, 'equal'),
                ('shop', 'orders', '2026-03-02', 'count', '', 9, 8, -1, 0, 'different');
        """)
        lines = describe_sources(settings, connection, NOW)
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "events never",
        "stripe 2026-03-10 11:00 UTC fresh",
        "shop 2026-03-01 11:00 UTC stale, 3 records kept apart, 1 figures differ",
    ]
