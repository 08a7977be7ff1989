"""A real shop's order lines, through the collector and the same pipelines."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from tests.end_to_end.conftest import PROJECT, Workspace

LINES = (
    PROJECT.parent
    / "shared/data/online_retail/online_retail_II_2009-12_2010-12.parquet"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        not LINES.exists(), reason="the data set ../shared/data/online_retail is absent"
    ),
]


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Workspace, str]:
    workspace = Workspace(tmp_path_factory.mktemp("real"))
    return workspace, workspace.run("cdp", "import", str(LINES))


def in_the_file() -> tuple[int, Decimal]:
    found = duckdb.execute(
        'select count(*), sum("Quantity" * cast("Price" as decimal(18, 4)))'
        " from read_parquet(?)",
        [str(LINES)],
    ).fetchone()
    assert found is not None
    return found[0], found[1]


def test_every_row_and_every_cent_is_in_the_marts(
    imported: tuple[Workspace, str],
) -> None:
    workspace, _ = imported
    rows, revenue = in_the_file()
    items, sold = workspace.rows(
        "select count(*), sum(line_amount) from marts.order_items"
    )[0]
    returns, refunded = workspace.rows(
        "select count(*), sum(line_amount) from marts.refund_items"
    )[0]
    assert items + returns == rows
    assert sold - refunded == revenue
    assert workspace.value("select count(*) from raw_events.quarantine") == 0


def test_the_same_questions_are_answered_or_say_what_is_missing(
    imported: tuple[Workspace, str],
) -> None:
    _, said = imported
    for number in ("S-2", "ML-14", "RT-7"):
        assert "no rows" not in said.split(f"({number})")[1].splitlines()[1], said
    assert "no page views and no leads" in said
    assert "Age and weekly visits" in said


def test_importing_again_changes_nothing(imported: tuple[Workspace, str]) -> None:
    workspace, _ = imported
    before = workspace.rows("select count(*), sum(order_amount) from marts.orders")
    said = workspace.run("cdp", "import", str(LINES))
    assert " 0 events sent" in said
    assert "Build profiles and traits    nothing new" in said
    after = workspace.rows("select count(*), sum(order_amount) from marts.orders")
    assert after == before
