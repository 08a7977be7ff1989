"""``cdp report``: is the number the same everywhere?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from activation.showing import table
from cdp.settings import load_settings
from orchestration.report import Count, Report, conversion_report

_HEADINGS = (
    *("event", "day", "received", "quarantined", "connection", "delivered", ""),
    *("filtered", "rejected", "waiting"),
)
_REASON_HEADINGS = ("event", "connection", "state", "events", "reason")


@click.command(name="report")
@click.option("--days", default=7, show_default=True, help="Days with conversions.")
@click.option("--event", "event_name", default="", help="Only this conversion event.")
def command(days: int, event_name: str) -> None:
    """Count conversions per day, received and in every destination.

    A destination whose number is not the received one is marked; below stands why. The
    figures are those of the last `cdp run`.
    """
    for line in report_lines(conversion_report(load_settings(), days, event_name)):
        click.echo(line)


def report_lines(report: Report) -> list[str]:
    """Return a report for a terminal: the counts, then why they differ."""
    if not report.counts:
        return ["No conversion has been delivered anywhere yet."]
    lines = ["Is the number the same in every tool?", *_aligned(_rows(report.counts))]
    if report.reasons:
        reasons = [
            (
                one.event_name,
                one.connection_name,
                one.state,
                f"{one.count:,}",
                one.reason,
            )
            for one in report.reasons
        ]
        lines += ["", "Why not", *_aligned([_REASON_HEADINGS, *reasons])]
    return lines


def _rows(counts: Sequence[Count]) -> Iterator[tuple[str, ...]]:
    yield _HEADINGS
    before: tuple[str, ...] = ()
    for one in counts:
        what = (
            *(one.event_name, one.day.isoformat()),
            *(f"{one.received:,}", f"{one.quarantined:,}"),
        )
        yield (
            *(what if what != before else ("",) * len(what)),
            one.connection_name,
            f"{one.delivered:,}",
            "=" if one.delivered == one.received else "≠",
            *(f"{count:,}" for count in (one.filtered, one.rejected, one.waiting)),
        )
        before = what


def _aligned(rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> list[str]:
    return [f"  {line}" for line in table(list(rows))]
