"""``cdp quarantine``: what was set aside, why, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from cdp.errors import Rejected
from cdp.settings import load_settings
from cdp.text_table import short, text_table
from ingestion.quarantine import (
    Healed,
    Wanted,
    counted,
    moment_of,
    rows,
    title_of,
)
from ingestion.quarantine_retry import Retried, judge_of, retry

_HEADINGS = (
    *("reason", "event", "source", "app version"),
    *("events", "healed", "last seen"),
)


def _choice(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--event", "events", multiple=True, help="Only these names."),
        click.option("--reason", "reasons", multiple=True, help="Only these codes."),
        click.option("--source", "sources", multiple=True, help="Only these sources."),
        click.option("--since", help="Arrived since: 7d, 24h, 2026-05-01."),
    ):
        function = option(function)
    return function


@click.group(name="quarantine")
def command() -> None:
    """What broke the tracking plan, and how it is healed."""


@command.command(name="list")
@_choice
@click.option("--ids", is_flag=True, help="One line an event, with its id.")
def list_(*, ids: bool, **choice: Any) -> None:
    """Count what is in quarantine by reason, event, source and app version."""
    folder = load_settings().event_log_dir
    found = rows(folder, _wanted(**choice))
    if ids:
        for row in found:
            violation = (row.get("violations") or [{}])[0]
            parts = (row["quarantineId"], row.get("sourceId"), row.get("reason"))
            name = short(title_of(row))
            click.echo("  ".join(map(str, (*parts, name, violation.get("place")))))
        return
    counts = counted(found, Healed(folder))
    if not counts:
        click.echo("Nothing is in quarantine.")
        return
    shown = [(reason, short(title), *rest) for reason, title, *rest in counts]
    click.echo(text_table(_HEADINGS, shown))
    click.echo(
        f"\n{sum(row[4] for row in counts):,} events, of which"
        f" {sum(row[5] for row in counts):,} were taken back."
        " `cdp quarantine retry --dry-run` says what fits today's plan."
    )


@command.command(name="show")
@click.argument("quarantine_id", metavar="ID")
def show(quarantine_id: str) -> None:
    """Show one event as it was sent, and what today's plan says about it.

    It holds people's data, and shows them.
    """
    settings = load_settings()
    wanted = Wanted(ids=frozenset({quarantine_id}))
    row = next(rows(settings.event_log_dir, wanted), None)
    if row is None:
        raise Rejected(
            f"{quarantine_id!r} is not in quarantine",
            fix="`cdp quarantine list --ids` shows the ids",
        )
    click.echo(json.dumps(row, indent=2, ensure_ascii=False))
    if Healed(settings.event_log_dir).has(row):
        click.echo("It was taken back.")
        return
    judged = judge_of(settings)(row)
    if judged.line is not None:
        click.echo("It fits today's plan: `cdp quarantine retry` takes it back.")
    for reason in judged.reasons:
        click.echo(f"It does not fit today's plan: {reason}")


@command.command(name="retry")
@_choice
@click.option("--dry-run", is_flag=True, help="Say what would be taken back.")
def retry_(*, dry_run: bool, **choice: Any) -> None:
    """Judge again under today's plan, and take back what fits, each event once.

    It is stored with the times of its first arrival, and loaded and delivered as any
    other event. Running this again, or after it was killed, takes nothing back twice.
    """
    done = retry(load_settings(), _wanted(**choice), is_dry_run=dry_run)
    click.echo(_summary(done, is_dry_run=dry_run))


def _summary(done: Retried, *, is_dry_run: bool) -> str:
    verb = "would be taken back" if is_dry_run else "taken back"
    lines = [
        (
            f"{done.readmitted.total():,} events {verb},"
            f" {done.still_wrong.total():,} still break the plan,"
            f" {done.already:,} had been taken back before."
        )
    ]
    lines += [
        f"  {short(name)}: {count:,}" for name, count in done.readmitted.most_common()
    ]
    if done.still_wrong:
        table = [
            (short(name), reason, count)
            for (name, reason), count in done.still_wrong.most_common(20)
        ]
        lines += ["", text_table(("event", "still wrong", "events"), table)]
    return "\n".join(lines)


def _wanted(
    events: tuple[str, ...],
    reasons: tuple[str, ...],
    sources: tuple[str, ...],
    since: str | None,
) -> Wanted:
    return Wanted(
        frozenset(events),
        frozenset(reasons),
        frozenset(sources),
        moment_of(since, datetime.now(UTC)) if since else None,
    )
