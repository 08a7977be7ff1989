"""``cdp report``: is the number the same everywhere?"""

from __future__ import annotations

from itertools import groupby

import click
from rich.console import Console
from rich.table import Table

from cdp.settings import load_settings
from orchestration.report import Count, Report, connections_of, conversion_report


@click.command(name="report")
@click.option("--days", default=7, show_default=True, help="Days with conversions.")
@click.option("--event", "event_name", default="", help="Only this conversion event.")
def command(days: int, event_name: str) -> None:
    """Count conversions per day, received and in every destination.

    A destination whose number is not the received one is marked; below stands why. The
    figures are those of the last `cdp run`.
    """
    report = conversion_report(load_settings(), days, event_name)
    console = Console()
    if not report.counts:
        console.print("No conversion has been delivered anywhere yet.")
        return
    console.print(_counts_table(report))
    if report.reasons:
        console.print(_reasons_table(report))


def _counts_table(report: Report) -> Table:
    names = connections_of(report.counts)
    table = Table(title="Conversions: the same number in every tool?")
    for heading in ("event", "day"):
        table.add_column(heading)
    for heading in ("received", "quarantined", *names):
        table.add_column(heading, justify="right")
    for (event_name, day), rows in groupby(
        report.counts, key=lambda one: (one.event_name, one.day)
    ):
        found = {row.connection_name: row for row in rows}
        any_row = next(iter(found.values()))
        table.add_row(
            event_name,
            day.isoformat(),
            f"{any_row.received:,}",
            f"{any_row.quarantined:,}",
            *(_cell(found.get(name)) for name in names),
        )
    return table


def _cell(count: Count | None) -> str:
    if count is None:
        return "-"
    if count.delivered == count.received:
        return f"{count.delivered:,} ="
    return f"[bold]{count.delivered:,} ≠[/bold]"


def _reasons_table(report: Report) -> Table:
    table = Table(title="Why not")
    for heading in ("event", "destination", "state", "reason"):
        table.add_column(heading, overflow="fold")
    table.add_column("events", justify="right")
    for one in report.reasons:
        table.add_row(
            one.event_name, one.connection_name, one.state, one.reason, f"{one.count:,}"
        )
    return table
