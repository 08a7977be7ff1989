"""``cdp forward``: deliver new events to the live destinations."""

from __future__ import annotations

import signal
import threading

import click

from activation.forward import error_of, forward_once, forward_until
from cdp.settings import load_settings


@click.command(name="forward")
@click.argument("names", nargs=-1, metavar="[CONNECTION]...")
@click.option("--once", is_flag=True, help="Stop at the present end of the event log.")
def command(names: tuple[str, ...], *, once: bool) -> None:
    """Deliver new events to the live destinations.

    Follows the event log for every connection of headwater.yml, or for those named,
    until Ctrl-C. What became of each event is in raw_events.deliveries after the next
    load. A destination that is down loses nothing: its events wait in the log.
    """
    settings = load_settings()
    if once:
        result = forward_once(settings, names=list(names) or None)
    else:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        click.echo("Forwarding as events arrive. Ctrl-C stops.")
        result = forward_until(settings, stop, names=list(names) or None)
    for note in result.notes:
        click.echo(note)
    error = error_of(result)
    if error is not None:
        raise error
