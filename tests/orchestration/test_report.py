from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cdp.settings import Settings
from cdp.warehouse import publish_snapshot
from orchestration.report import conversion_report
from orchestration.report_command import report_lines


@pytest.fixture
def built(tmp_path: Path) -> Settings:
    """A warehouse with two connections, one of which the workspace has no more."""
    settings = Settings(
        tmp_path, tmp_path / "var", {"connections": {"ads": {}, "shop": {}}}, {}
    )
    settings.data_dir.mkdir()
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.conversion_deliveries as"
            " select 'order_completed' as event_name, date '2026-11-23' as"
            " conversion_date, unnest(['ads', 'old', 'shop']) as connection_name,"
            " 10 as received_count, 1 as quarantined_count,"
            " unnest([10, 0, 6]) as delivered_count,"
            " unnest([0, 0, 3]) as filtered_count, 0 as rejected_count,"
            " 0 as waiting_count, unnest([0, 10, 1]) as unsent_count"
        )
        connection.execute(
            "create table marts.conversion_delivery_reasons as"
            " select 'order_completed' as event_name, date '2026-11-23' as"
            " conversion_date, unnest(['old', 'shop']) as connection_name,"
            " 'filtered' as delivery_state, 'no consent to ads' as delivery_reason,"
            " 3 as event_count"
        )
    publish_snapshot(settings)
    return settings


def test_a_connection_that_is_no_more_is_left_out(built: Settings) -> None:
    report = conversion_report(built, 7)

    assert [one.connection_name for one in report.counts] == ["ads", "shop"]
    assert [one.connection_name for one in report.reasons] == ["shop"]


def test_every_received_conversion_is_somewhere(built: Settings) -> None:
    for one in conversion_report(built, 7).counts:
        known = one.delivered + one.filtered + one.rejected + one.waiting
        assert known == one.received


def test_it_says_where_the_number_is_another_one_and_why(built: Settings) -> None:
    lines = report_lines(conversion_report(built, 7))

    (ads,) = [line for line in lines if " ads " in line]
    assert ads.split()[-5:] == ["10", "=", "0", "0", "0"]
    (shop,) = [line for line in lines if " shop " in line and "≠" in line]
    assert shop.split()[-5:] == ["6", "≠", "3", "0", "1"]
    assert any("no consent to ads" in line for line in lines)
