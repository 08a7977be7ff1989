"""``cdp transform``: see what each destination would make of recent events."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from activation.connection import Connection, Decision, Prepared
from activation.connections import open_connections
from activation.destinations.delivery import Payload
from activation.dispatch import planned_batches
from activation.recent import Choice, last_events, title_of
from activation.showing import difference, request_lines, secrets_of
from cdp.errors import Rejected
from cdp.settings import Settings, load_settings


@click.group(name="transform")
def command() -> None:
    """What happens to events on their way to each destination."""


@command.command(name="try")
@click.argument("names", nargs=-1, metavar="[CONNECTION]...")
@click.option("--event", "events", multiple=True, help="Only these; may be repeated.")
@click.option("--source", "sources", multiple=True, help="Only from these sources.")
@click.option("--last", default=3, show_default=True, help="How many recent events.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Events from this file instead: one JSON object, a list, or one a line.",
)
def attempt(
    names: tuple[str, ...],
    *,
    events: tuple[str, ...],
    sources: tuple[str, ...],
    last: int,
    file: Path | None,
) -> None:
    """Show recent events before and after, on every destination.

    Nothing is sent. What a transformation or a mapping changes is marked with - and +;
    then comes the request that the tool would get, its secrets masked.
    """
    settings = load_settings()
    choice = Choice(frozenset(events), frozenset(sources))
    found = _read(file) if file else last_events(settings.event_log_dir, choice, last)
    if not found:
        click.echo("No such event has arrived yet; try --file with one of your own.")
    connections = open_connections(settings, list(names) or None)
    for event in found:
        click.echo(title_of(event))
        for connection in connections:
            for line in tried(settings, connection, event):
                click.echo(f"    {line}")
        click.echo("")
    for connection in connections:
        connection.destination.close()


def tried(
    settings: Settings, connection: Connection, event: dict[str, Any]
) -> list[str]:
    """Return the lines that say what a connection makes of one event."""
    heading = f"→ {connection.name} ({connection.destination_name})"
    source = event.get("sourceId")
    if source is not None and source not in connection.sources:
        return [f"{heading}: not from one of its sources"]
    decision = connection.decide(event)
    lines = [heading, *_changes(event, decision)]
    if decision.outcome is not None:
        outcome = decision.outcome
        return [*lines, f"  {outcome.status}: {outcome.reason}"]
    secrets = secrets_of(settings, connection.destination_name)
    for items in _requests(connection, decision.payloads):
        request = connection.destination.request(items)
        lines += [f"  {line}" for line in request_lines(request, secrets)]
    return lines


def _requests(connection: Connection, payloads: Iterable[Payload]) -> Iterable[Any]:
    items = tuple(payload.encoded() for payload in payloads)
    return planned_batches([Prepared("", "", items)], connection.destination.limits)


def _changes(event: dict[str, Any], decision: Decision) -> list[str]:
    lines: list[str] = []
    for number, seen in enumerate(decision.seen, 1):
        changed = difference(event, seen)
        if changed and len(decision.seen) > 1:
            lines.append(f"  part {number} of {len(decision.seen)}:")
        lines += [f"  {line}" for line in changed]
    return lines


def _read(file: Path) -> list[dict[str, Any]]:
    content = file.read_bytes()
    try:
        value = msgspec.json.decode(content)
    except msgspec.DecodeError:
        try:
            value = [msgspec.json.decode(line) for line in content.splitlines() if line]
        except msgspec.DecodeError as error:
            raise Rejected(f"is not JSON: {error}", place=str(file)) from error
    events = value if isinstance(value, list) else [value]
    if not all(isinstance(event, dict) for event in events):
        raise Rejected("an event is a JSON object", place=str(file))
    return events
