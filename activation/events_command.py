"""``cdp events``: watch events live."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from typing import Any

import click

from activation.connection import Connection
from activation.connections import open_connections
from activation.recent import ACCEPTED, Choice, title_of
from activation.showing import pretty
from activation.tail import QUARANTINE, Sight, Watch, follow
from activation.transform_command import tried
from cdp.settings import Settings, load_settings

_LOOK_SECONDS = 0.2
_COLOURS = {"delivered": "green", "filtered": "bright_black", "retry": "yellow"}


@click.group(name="events")
def command() -> None:
    """What arrives, and what becomes of it."""


@command.command(name="tail")
@click.argument("names", nargs=-1, metavar="[CONNECTION]...")
@click.option("--event", "events", multiple=True, help="Only these; may be repeated.")
@click.option("--source", "sources", multiple=True, help="Only from these sources.")
@click.option("--brief", is_flag=True, help="One line an event, one line an answer.")
@click.option("--from-start", is_flag=True, help="Also what arrived before.")
@click.option("--once", is_flag=True, help="Stop at the present end of the log.")
def tail(
    names: tuple[str, ...],
    *,
    events: tuple[str, ...],
    sources: tuple[str, ...],
    brief: bool,
    from_start: bool,
    once: bool,
) -> None:
    """Show events as they arrive, after transformation, and each tool's answer.

    Follows the log until Ctrl-C. Whoever watches sees people's data: it is shown in
    full, as it goes out, and kept nowhere.
    """
    settings = load_settings()
    connections = open_connections(settings, list(names) or None)
    choice = Choice(frozenset(events), frozenset(sources))
    watch = Watch(
        settings.event_log_dir,
        choice,
        frozenset(names),
        from_start=from_start or once,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if not once:
        click.echo("Waiting for events. Ctrl-C stops.")

    def show(sight: Sight) -> None:
        for line in _lines_of(settings, sight, () if brief else connections):
            click.echo(line)

    follow(watch, show, lambda: once or stop.wait(_LOOK_SECONDS))
    for connection in connections:
        connection.destination.close()


def _lines_of(
    settings: Settings, sight: Sight, connections: Sequence[Connection]
) -> list[str]:
    row = sight.row
    if sight.topic == ACCEPTED:
        lines = [click.style(title_of(row), bold=True)]
        if connections:
            lines += [f"  {line}" for line in pretty(row).splitlines()]
        for connection in connections:
            lines += [f"  {line}" for line in tried(settings, connection, row)]
        return lines
    if sight.topic == QUARANTINE:
        reasons = "; ".join(
            f"{one.get('place')}: {one.get('message')}"
            for one in row.get("violations") or []
        )
        return [click.style(f"{title_of(row)}  quarantined: {reasons}", fg="yellow")]
    return [_answer(row)]


def _answer(row: dict[str, Any]) -> str:
    status = str(row.get("status"))
    said = " ".join(
        str(part) for part in (row.get("httpStatus"), row.get("reason")) if part
    )
    text = (
        f"  ← {row.get('connection')} ({row.get('destination')})"
        f"  {row.get('event')}  {row.get('messageId')}  {status}  {said}"
    )
    return click.style(text.rstrip(), fg=_COLOURS.get(status, "red"))
