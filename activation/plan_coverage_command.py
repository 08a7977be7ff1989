"""``cdp plan coverage``: the plan, what is sent, and what reaches the destinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from activation.plan_destinations import Mapped, mapped
from cdp.plan_files import FOLDER, TRAITS, Document, documents_now
from cdp.settings import load_settings
from cdp.text_table import markdown_table, short, text_table
from cdp.tracking_plan import load_plan
from ingestion.plan_usage import Seen, Usage, nearest, usage_of

_SENT = ("event", "source", "events", "last seen", "app", "violations", "never sent")
_UNPLANNED = ("name", "source", "events", "last seen", "nearest in the plan")
_NOTHING = "nothing like it"
_SHOWN = 4
Table = Callable[[Sequence[str], Sequence[Sequence[object]]], str]


@click.command(name="coverage")
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=30,
    show_default=True,
    help="How far to look back.",
)
@click.option("--event", "events", multiple=True, help="Only these planned events.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="For a terminal, for programs, or for a page of a wiki.",
)
@click.option("--no-destinations", is_flag=True, help="Leave the connections out.")
def coverage(
    days: int, events: tuple[str, ...], form: str, *, no_destinations: bool
) -> None:
    """Show what is sent of what is planned, and where it goes under which name.

    Reads the event log, no warehouse, and asks each connection about an example of each
    event; nothing is sent.
    """
    settings = load_settings()
    folder = settings.project_dir / FOLDER
    plan = load_plan(folder)
    since = datetime.now(UTC) - timedelta(days=days)
    usage = usage_of(settings.event_log_dir, plan, since)
    documents = {
        name: document
        for name, document in documents_now(folder).items()
        if not events or name in events
    }
    there = [] if no_destinations else mapped(settings, documents)
    near = {name: nearest(name, plan) for name, _ in usage.unplanned}
    if form == "json":
        click.echo(_as_json(usage, documents, near, there))
        return
    table: Table = markdown_table if form == "markdown" else text_table
    heading = "## {}" if form == "markdown" else "{}:"
    parts = _parts(usage, documents, near, there, table)
    click.echo(
        "\n\n".join(f"{heading.format(title)}\n\n{text}" for title, text in parts)
    )


def _parts(
    usage: Usage,
    documents: Mapping[str, Document],
    near: Mapping[str, str],
    there: Sequence[Mapped],
    table: Table,
) -> list[tuple[str, str]]:
    sent = [
        _sent_row(name, source, seen, documents[name])
        for (name, source), seen in sorted(usage.planned.items())
        if name in documents
    ]
    parts = [("Planned and sent", table(_SENT, sent) if sent else "None.")]
    missing = ", ".join(usage.never_sent(documents)) or "None."
    parts.append(("Planned and never sent", missing))
    unplanned = [
        (short(name), source, seen.count, seen.last[:16], near[name] or _NOTHING)
        for (name, source), seen in sorted(
            usage.unplanned.items(), key=lambda item: -item[1].count
        )
    ]
    told = table(_UNPLANNED, unplanned) if unplanned else "None."
    parts.append(("Sent and not planned", told))
    if there:
        parts.append(("What it is called where it goes", _names(there, table)))
        parts.append(("Why it is not sent there", _reasons(there, table)))
    return parts


def _sent_row(
    name: str, source: str, seen: Seen, document: Document
) -> tuple[object, ...]:
    never = _never(seen, document)
    more = f" and {len(never) - _SHOWN} more" if len(never) > _SHOWN else ""
    return (
        *(name, source, seen.count, seen.last[:16], seen.app_version),
        f"{seen.share_violating:.1%}",
        ", ".join(never[:_SHOWN]) + more,
    )


def _never(seen: Seen, document: Document) -> list[str]:
    planned = (document.get("properties") or {}).get("properties") or {}
    return [name for name in planned if name not in seen.properties]


def _names(there: Sequence[Mapped], table: Table) -> str:
    connections = list(dict.fromkeys(each.connection for each in there))
    cells = {(each.event, each.connection): ", ".join(each.names) for each in there}
    events = dict.fromkeys(each.event for each in there)
    rows = [
        (_shown(event), *(cells[event, name] or "-" for name in connections))
        for event in events
        if any(cells[event, name] for name in connections)
    ]
    return table(("event", *connections), rows)


def _reasons(there: Sequence[Mapped], table: Table) -> str:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for each in there:
        if each.reason:
            events = by_reason.setdefault((each.connection, each.reason), [])
            events.append(_shown(each.event))
    total = len(dict.fromkeys(each.event for each in there))
    rows = [
        (name, reason, "every event" if len(events) == total else ", ".join(events))
        for (name, reason), events in by_reason.items()
    ]
    return table(("connection", "reason", "events"), rows) if rows else "None."


def _shown(name: str) -> str:
    return "identify" if name == TRAITS else name


def _as_json(
    usage: Usage,
    documents: Mapping[str, Document],
    near: Mapping[str, str],
    there: Sequence[Mapped],
) -> str:
    report: dict[str, Any] = {
        "sent": [
            asdict(seen)
            | {
                "event": name,
                "source": source,
                "properties": sorted(seen.properties),
                "never_sent": _never(seen, documents[name]),
            }
            for (name, source), seen in sorted(usage.planned.items())
            if name in documents
        ],
        "never_sent": usage.never_sent(documents),
        "unplanned": [
            {
                "name": name,
                "source": source,
                "count": seen.count,
                "last": seen.last,
                "nearest": near[name] or None,
            }
            for (name, source), seen in sorted(usage.unplanned.items())
        ],
        "destinations": [asdict(each) for each in there],
    }
    return msgspec.json.format(msgspec.json.encode(report)).decode()
