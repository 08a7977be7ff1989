"""``cdp replay``: send again what a destination did not take."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from activation.connection import Connection
from activation.connections import connections_to
from activation.recent import Choice
from activation.replay import Replay, chosen_events, dry_run, replay
from activation.showing import request_lines, secrets_of, table
from cdp.errors import Misconfigured, Unavailable
from cdp.settings import Settings, load_settings

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command(name="replay")
@click.option("--destination", required=True, help="A destination of headwater.yml.")
@click.option("--from", "since", type=_TIME, help="Arrived then or later, UTC.")
@click.option("--to", "until", type=_TIME, help="Arrived before then, UTC.")
@click.option("--event", "events", multiple=True, help="Only these; may be repeated.")
@click.option("--source", "sources", multiple=True, help="Only from these sources.")
@click.option("--message-id", "message_ids", multiple=True, help="Only these.")
@click.option("--again", is_flag=True, help="Also what was delivered already.")
@click.option("--resume", default="", help="Go on with a replay that stopped.")
@click.option("--dry-run", is_flag=True, help="Send nothing; show what would be sent.")
@click.option("--show", default=3, show_default=True, help="Requests that it shows.")
def command(  # noqa: PLR0913 - one argument an option
    *,
    destination: str,
    since: datetime | None,
    until: datetime | None,
    events: tuple[str, ...],
    sources: tuple[str, ...],
    message_ids: tuple[str, ...],
    resume: str,
    show: int,
    again: bool,
    dry_run: bool,
) -> None:
    """Send again what a destination did not take.

    Without --again these are events that it refused, that a transformation failed on,
    that were given up or held back; what it has taken is left alone. They go through
    the connection as it is now. Tools that tell events apart by id count none twice.
    """
    settings = load_settings()
    choice = Choice(
        frozenset(events),
        frozenset(sources),
        frozenset(message_ids),
        since.replace(tzinfo=UTC) if since else None,
        until.replace(tzinfo=UTC) if until else None,
    )
    name = resume or datetime.now(UTC).strftime("replay-%Y%m%dT%H%M%S")
    for connection in connections_to(settings, destination):
        chosen = chosen_events(
            settings, connection, choice, again=again, resumed=resume
        )
        try:
            if dry_run:
                _print_plan(settings, connection, _planned(connection, chosen, show))
            else:
                _print_result(replay(settings, connection, chosen, name), name)
        finally:
            connection.destination.close()


_planned = dry_run


def _print_plan(settings: Settings, connection: Connection, planned: Replay) -> None:
    click.echo(f"{connection.name} → {connection.destination_name}: a dry run")
    _print_counts(planned)
    click.echo(f"{planned.requests:,} requests in all; the first of them:")
    secrets = secrets_of(settings, connection.destination_name)
    for request in planned.shown:
        click.echo("")
        click.echo("\n".join(request_lines(request, secrets)))


def _print_result(result: Replay, name: str) -> None:
    click.echo(f"{result.connection}: {result.events:,} events")
    _print_counts(result)
    why = result.stopped_by
    if why is None:
        return
    fix = f"Nothing is lost: go on with --resume {name}"
    if why.status == "misconfigured":
        raise Misconfigured(why.reason, place="headwater.yml: destinations", fix=fix)
    raise Unavailable(why.reason, fix=fix)


def _print_counts(result: Replay) -> None:
    rows = [
        (f"{count:,}", status, reason)
        for (status, reason), count in result.outcomes.most_common()
    ]
    click.echo("\n".join(table(rows)) or "No event is meant.")
