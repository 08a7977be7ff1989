"""A starter's day: ten thousand orders, four tools that fail, one number."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sandbox.starter.day import BROKEN, SECOND_COPIES
from sandbox.starter.orders import orders
from sandbox.tools.conversions import order_events, order_ids
from sandbox.tools_store import ToolsStore

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
ORDERS = 10_000
TOOLS = ("google_analytics", "google_ads", "meta", "mixpanel")
CONNECTIONS = ("product_analytics", "search_ads", "social_ads", "web_analytics")


def run(folder: Path) -> str:
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from cdp.cli import main; main()"),
            *("demo", "--stage", "starter", "--orders", str(ORDERS)),
        ],
        cwd=PROJECT,
        env=os.environ
        | {
            "CDP_PROJECT_DIR": str(PROJECT),
            "CDP_DATA_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The data folder after the day, and what its two runs printed."""
    folder = tmp_path_factory.mktemp("starter")
    return folder, run(folder), run(folder)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as found:
        return found.execute(query).fetchall()


def test_every_tool_has_every_order_once(day: tuple[Path, str, str]) -> None:
    folder, *_ = day
    until = datetime.fromisoformat((folder / "sandbox/day.txt").read_text().strip())
    made = {order.properties["order_id"] for order in orders(ORDERS, 7, until)}
    store = ToolsStore(folder / "sandbox" / "tools.sqlite")

    assert len(made) == ORDERS
    assert {tool: order_ids(store, tool) == made for tool in TOOLS} == dict.fromkeys(
        TOOLS, True
    )
    # nor did any tool have to tell a second copy by itself; Google Analytics, which
    # gives no ids, got one order again whose answer broke off
    for tool in ("google_ads", "meta", "mixpanel"):
        assert order_events(store, tool) == ORDERS


def test_the_mart_counts_what_the_tools_count(day: tuple[Path, str, str]) -> None:
    folder, *_ = day

    counts = rows(
        folder,
        """
        select
            connection_name, sum(received_count), sum(delivered_count),
            sum(filtered_count + rejected_count + waiting_count + unsent_count),
            bool_and(is_same_number)
        from marts.conversion_deliveries
        where event_name = 'order_completed'
        group by connection_name
        order by connection_name
        """,
    )

    assert counts == [(name, ORDERS, ORDERS, 0, True) for name in CONNECTIONS]
    quarantined = rows(
        folder,
        "select connection_name, sum(quarantined_count)"
        " from marts.conversion_deliveries group by connection_name",
    )
    assert {count for _, count in quarantined} == {ORDERS // BROKEN}


def test_the_tools_did_fail_meanwhile(day: tuple[Path, str, str]) -> None:
    folder, *_ = day

    retried = dict(
        rows(
            folder,
            """
            select connection, count(*) from raw_events.deliveries
            where status = 'delivered' and attempt > 1 group by connection
            """,
        )
    )

    assert set(retried) == set(CONNECTIONS)
    # each second copy of an order arrived as well, and was counted once
    ((copies,),) = rows(
        folder,
        "select count(*) - count(distinct message_id) from raw_events.events",
    )
    assert copies == ORDERS // SECOND_COPIES


def test_a_second_run_has_nothing_to_do_and_says_the_same(
    day: tuple[Path, str, str],
) -> None:
    _, first, second = day

    assert first.count("order_completed") == 1
    for printed in (first, second):
        assert "google_analytics 10,000, google_ads 10,000, meta 10,000" in printed
        assert printed.count(" = ") == len(CONNECTIONS)
    assert "0 events delivered live" in second or "nothing new" in second
