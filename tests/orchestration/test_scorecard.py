from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse, publish_snapshot
from orchestration.pages import write_page
from orchestration.scorecard.command import TEMPLATE, scorecard_lines
from orchestration.scorecard.scorecard import PERIODS, Figure, read_scorecard

SCORECARD = """
    create schema marts;
    create schema seeds;
    create table seeds.scorecard_metrics as select * from (values
        ('orders', 'orders completed'), ('refunds', 'what was <given> back')
    ) as given (metric_name, what_it_says);
    create table marts.executive_scorecard as
    select
        *, timestamp '2026-03-02' as period_started_at,
        timestamp '2026-03-09' as period_ended_at
    from (values
        ('refunds', 'Refunds', 'money', 'down', 'last_week', 2, 10.5, 21, -0.5,
            12, true, 3),
        ('orders', 'Orders', 'number', 'up', 'last_week', 1, 1200, 1000, 0.2,
            1500, false, 0),
        ('orders', 'Orders', 'number', 'up', 'last_month', 1, 0, 0, null,
            null, null, 0),
        ('refunds', 'Refunds', 'money', 'down', 'last_month', 2, 0, 0, null,
            null, null, 0)
    ) as given (
        metric_name, label, unit, good_direction, period_name, display_position,
        metric_value, previous_metric_value, change_share, target_value, is_on_target,
        left_out_count
    )
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(made, "test") as connection:
        connection.execute(SCORECARD)
    publish_snapshot(made)
    return made


def test_it_says_what_is_better_and_from_when_to_when(settings: Settings) -> None:
    lines = scorecard_lines(read_scorecard(settings))
    shown = [" ".join(line.split()) for line in lines]
    assert shown[1] == "Orders 1,200 ▲ 20 % better missed: 1,500 0 -"
    assert shown[2] == "Refunds 10.50 ▼ 50 % better met: 12.00 0.00 -"
    assert "Last week: 2026-03-02 to 2026-03-08" in lines
    assert lines[-1].startswith("Refunds: 3 amounts in other currencies are left out")


def test_the_page_shows_the_same_and_asks_nobody(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "made" / "page.html"
    write_page(TEMPLATE, file, scorecard=read_scorecard(settings), periods=PERIODS)
    page = file.read_text()
    assert "▲ 20 % better" in page
    assert "target missed: 1,500" in page
    assert "3 amounts in other currencies" in page
    assert "what was &lt;given&gt; back" in page
    assert "Year to date" not in page.split("</thead>")[0]
    assert "http" not in page


@pytest.mark.parametrize(
    ("unit", "direction", "change", "value", "said", "verdict"),
    [
        ("share", "up", "0.1", "0.0312", "▲ 10 %", "better"),
        ("share", "down", "0.1", "0.5", "▲ 10 %", "worse"),
        ("number", "up", "-0.25", "3", "▼ 25 %", "worse"),
        ("money", None, "0.5", "3", "▲ 50 %", ""),
        ("money", "up", "0.001", "3", "= 0 %", ""),
        ("money", "up", None, None, "-", ""),
    ],
)
def test_a_change_is_judged_by_the_direction_that_is_good(
    unit: str,
    direction: str | None,
    change: str | None,
    value: str | None,
    said: str,
    verdict: str,
) -> None:
    figure = Figure(
        unit,
        direction,
        None if value is None else Decimal(value),
        None,
        None if change is None else Decimal(change),
        None,
        None,
        0,
    )
    assert (figure.change_text(), figure.verdict()) == (said, verdict)
    shown = {"0.0312": "3.1 %", "0.5": "50.0 %", None: "-"}
    assert figure.text() == shown.get(value, "3.00" if unit == "money" else "3")


def test_what_has_not_been_built_is_said(tmp_path: Path) -> None:
    empty = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(empty, "test"):
        pass
    publish_snapshot(empty)
    with pytest.raises(Misconfigured, match="has not been built"):
        read_scorecard(empty)
