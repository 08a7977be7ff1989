"""Live delivery: every connection follows the log, none waits for another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial

from activation.connection import Connection
from activation.connections import open_connections
from activation.destinations.delivery import Patience
from activation.destinations.outcome import Status
from activation.forward_result import ConnectionResult, ForwardResult
from activation.forwarder import Forwarder, Progress
from activation.kept_outcomes import KeptOutcomes
from activation.rest import Rest
from cdp.errors import CdpError, Misconfigured, Unavailable
from cdp.settings import Settings

_BEGIN_AGAIN_SECONDS = 5.0
_log = logging.getLogger(__name__)


def forward_once(
    settings: Settings,
    progress: Progress | None = None,
    *,
    names: list[str] | None = None,
    patience: Patience | None = None,
) -> ForwardResult:
    """Deliver what is new to every connection, then return.

    A destination that is down, or refuses us, ends its own connection's turn: the
    result says so, and the next run goes on from there.

    Args:
        settings: The workspace.
        progress: Receives the connection, bytes of the log done, and bytes in all.
        names: Connections; all of them where none is named.
        patience: How long to try.

    Raises:
        Misconfigured: A connection is not complete, or another process forwards it.
    """
    connections = open_connections(settings, names)
    stop = threading.Event()
    usual = patience or Patience(sleep=stop.wait)

    def once(connection: Connection) -> ConnectionResult:
        try:
            with _forwarder(settings, connection, usual) as forwarder:
                return forwarder.run(progress, stop.is_set)
        finally:
            connection.destination.close()

    return _all_of([partial(once, connection) for connection in connections], stop)


def forward_until(
    settings: Settings,
    stop: threading.Event,
    *,
    names: list[str] | None = None,
    patience: Patience | None = None,
) -> ForwardResult:
    """Deliver as events arrive, each connection in a thread, until ``stop`` is set.

    A connection whose destination refuses us (credentials, address) pauses: its events
    wait, and it tries again ever more seldom until they are taken. The others go on.

    Returns:
        What each connection did last.

    Raises:
        Misconfigured: A connection is not complete, or another process forwards it.
    """
    connections = open_connections(settings, names)
    if not connections:
        return ForwardResult()
    usual = patience or Patience(sleep=stop.wait)
    return _all_of(
        [
            partial(_keep_following, settings, connection, usual, stop)
            for connection in connections
        ],
        stop,
    )


def _all_of(
    ways: Sequence[Callable[[], ConnectionResult]], stop: threading.Event
) -> ForwardResult:
    """Go all ways side by side: one that is slow, down or broken stops no other.

    Raises:
        CdpError: What the first of those said that ended so, once all have ended.
    """
    with ThreadPoolExecutor(max(1, len(ways)), "forward") as threads:
        running = [threads.submit(way) for way in ways]
        try:
            wait(running)
        finally:
            stop.set()
    return ForwardResult(tuple(future.result() for future in running))


def _keep_following(
    settings: Settings,
    connection: Connection,
    patience: Patience,
    stop: threading.Event,
) -> ConnectionResult:
    """Follow, and begin again after what is nobody's fault, such as a full disk."""
    try:
        while True:
            try:
                return _follow(settings, connection, patience, stop)
            except Unavailable as error:
                _log.warning("%s: %s", connection.name, error)
                if stop.wait(error.retry_after_seconds or _BEGIN_AGAIN_SECONDS):
                    raise
            except CdpError as error:
                _log.warning("%s has stopped: %s", connection.name, error)
                raise
    finally:
        connection.destination.close()


def _follow(
    settings: Settings,
    connection: Connection,
    patience: Patience,
    stop: threading.Event,
) -> ConnectionResult:
    rest = Rest(patience)
    with _forwarder(settings, connection, patience) as forwarder:
        while True:
            result = forwarder.run(is_stopping=stop.is_set)
            if stop.wait(rest.after(result)):
                return result


@contextmanager
def _forwarder(
    settings: Settings, connection: Connection, patience: Patience
) -> Iterator[Forwarder]:
    # a partition a connection: its lock keeps a second forwarder out
    kept = KeptOutcomes(settings.event_log_dir, connection)
    try:
        yield Forwarder(settings, connection, kept, patience)
    finally:
        kept.close()


def error_of(result: ForwardResult) -> CdpError | None:
    """Return what a person must hear about connections that stopped; None if none."""
    stopped = [one for one in result.connections if one.stopped_by is not None]
    if not stopped:
        return None
    message = "; ".join(one.summary for one in stopped)
    refused = any(
        one.stopped_by is not None and one.stopped_by.status is Status.MISCONFIGURED
        for one in stopped
    )
    if refused:
        return Misconfigured(
            message,
            place="headwater.yml: destinations",
            fix="Put the destination's address and credentials right; nothing is lost",
        )
    return Unavailable(message, fix="Nothing is lost: the next run goes on from here")
