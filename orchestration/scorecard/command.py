"""``cdp scorecard``: last week, last month and the year to date at a glance."""

from __future__ import annotations

from pathlib import Path

import click

from cdp.settings import load_settings
from cdp.text_table import text_table
from orchestration.pages import write_page
from orchestration.scorecard.scorecard import PERIODS, Metric, Scorecard, read_scorecard

TEMPLATE = Path(__file__).parent / "page.html"


@click.command(name="scorecard")
@click.option(
    "--page", type=click.Path(path_type=Path), help="Where the page is written."
)
def command(page: Path | None) -> None:
    """Show visitors, leads, orders and money, each beside the period before.

    The last whole week (from Monday), the last whole month, and the year to date beside
    the same stretch of the year before. The figures are those of the last `cdp run`,
    and are written as a page of HTML too. Add metrics in seeds/scorecard_metrics.csv.
    """
    settings = load_settings()
    scorecard = read_scorecard(settings)
    for line in scorecard_lines(scorecard):
        click.echo(line)
    file = page or settings.data_dir / "scorecard" / "index.html"
    write_page(TEMPLATE, file, scorecard=scorecard, periods=PERIODS)
    click.echo(f"\nThe same as a page: {file}")


def scorecard_lines(scorecard: Scorecard) -> list[str]:
    """Return a table for a terminal: a line a metric, a few columns a period."""
    periods = [name for name in PERIODS if name in scorecard.days]
    headings = [""]
    rows = [[metric.label] for metric in scorecard.metrics]
    for name in periods:
        headings += [PERIODS[name], "change"]
        headings += ["target"] if scorecard.has_targets(name) else []
        for row, metric in zip(rows, scorecard.metrics, strict=True):
            row.extend(_parts(metric, name, with_target=scorecard.has_targets(name)))
    spans = [f"{PERIODS[name]}: {scorecard.days[name]}" for name in periods]
    table = text_table(headings, rows).splitlines()
    return [*table, "", *spans, *scorecard.warnings()]


def _parts(metric: Metric, period: str, *, with_target: bool) -> list[str]:
    figure = metric.figures[period]
    parts = [figure.text(), f"{figure.change_text()} {figure.verdict()}"]
    return [*parts, figure.target_text()] if with_target else parts
