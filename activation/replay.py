"""Sending again what a destination did not take, after the cause is mended.

The events come out of the log as they were received and go through the connection as it
is now. Only what the connection has passed already is replayed; the rest is on its way.
Outcomes are rows of ``deliveries`` like any other, in a partition of the replay's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from activation.connection import Connection, Prepared
from activation.cursor import cursor_file, read_cursor
from activation.destinations.delivery import Patience
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome, Status
from activation.dispatch import UNFINISHED, Dispatcher, planned_batches
from activation.kept_outcomes import DELIVERIES, KeptOutcomes
from activation.recent import Choice, chosen_lines
from cdp.settings import Settings
from ingestion.log_segments import read_partition

Progress = Callable[[int], None]
_GROUP = 500


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str = ""
    status: str = ""
    replay: str = ""


_row_of = msgspec.json.Decoder(_Row).decode


@dataclass(slots=True)
class Replay:
    """What a replay does, or would do.

    Attributes:
        connection: Its name.
        events: How many events are meant.
        outcomes: Events by status and reason.
        requests: Requests that it takes; counted in a dry run.
        shown: The first requests, exactly as they would be sent.
        stopped_by: Why it ended before its end.
    """

    connection: str
    events: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests: int = 0
    shown: list[Request] = field(default_factory=list)
    stopped_by: Outcome | None = None


def replay_partition(connection: Connection) -> str:
    """Return the partition of ``deliveries`` that holds a connection's replays."""
    return f"{connection.name}.replay"


def chosen_events(
    settings: Settings,
    connection: Connection,
    choice: Choice,
    *,
    again: bool = False,
    resumed: str = "",
) -> Iterator[Prepared]:
    """Yield the events that a replay is about, as they would be sent now.

    Of a message that arrived more than once one copy is meant.

    Args:
        settings: The workspace.
        connection: Where they go.
        choice: Which events.
        again: Also those that were delivered.
        resumed: Not those that this replay has settled already.
    """
    log_dir = settings.event_log_dir
    cursor = read_cursor(cursor_file(settings, connection.name))
    done = _settled(settings, connection, resumed=resumed if again else None)
    for partition, offset, line in chosen_lines(log_dir, choice):
        if offset > cursor.positions.get(partition, 0):
            continue  # it is on its way
        prepared = connection.prepare(line, (partition, offset))
        if prepared is not None and prepared.message_id not in done:
            if prepared.items:
                done.add(prepared.message_id)
            yield prepared


def _settled(
    settings: Settings, connection: Connection, *, resumed: str | None
) -> set[str]:
    """Return messages that were delivered; or all that one replay has settled."""
    found = set()
    for partition in (connection.name, replay_partition(connection)):
        for _, line in read_partition(settings.event_log_dir, DELIVERIES, partition):
            row = _row_of(line)
            if resumed is None:
                is_done = row.status == Status.DELIVERED
            else:
                is_done = bool(resumed) and row.replay == resumed
            if is_done and row.status not in UNFINISHED:
                found.add(row.message_id)
    return found


def dry_run(connection: Connection, events: Iterator[Prepared], show: int) -> Replay:
    """Return what a replay would send: counts, and the first requests in full."""
    result = Replay(connection.name)
    for group in _groups(events):
        result.events += len(group)
        for event in group:
            known = event.outcome
            status, reason = (known.status, known.reason) if known else ("send", "")
            result.outcomes[(status, reason)] += 1
        for items in planned_batches(group, connection.destination.limits):
            result.requests += 1
            if len(result.shown) < show:
                result.shown.append(connection.destination.request(items))
    return result


def replay(
    settings: Settings,
    connection: Connection,
    events: Iterator[Prepared],
    name: str,
    *,
    patience: Patience | None = None,
    progress: Progress = lambda _: None,
) -> Replay:
    """Send the events again, keeping what becomes of each.

    It stops where the destination does; started anew it goes on from there.

    Args:
        settings: The workspace.
        connection: Where they go.
        events: From ``chosen_events``.
        name: Of this replay; its rows carry it.
        patience: How long to try.
        progress: Receives how many events are settled.
    """
    result = Replay(connection.name)
    dispatcher = Dispatcher(connection.destination, patience or Patience())
    kept = KeptOutcomes(
        settings.event_log_dir,
        connection,
        replay_partition(connection),
        {"replay": name},
    )
    try:
        for group in _groups(events):
            _send(dispatcher, kept, group, result)
            progress(result.events)
            if result.stopped_by is not None:
                break
    finally:
        kept.close()
    return result


def _send(
    dispatcher: Dispatcher,
    kept: KeptOutcomes,
    group: Sequence[Prepared],
    result: Replay,
) -> None:
    def keep(index: int, outcome: Outcome) -> None:
        kept.keep(group[index], outcome)
        result.events += 1
        result.outcomes[(outcome.status, outcome.reason)] += 1

    outcomes = dispatcher.send(group, keep)
    kept.sync()
    result.stopped_by = next(
        (one for one in outcomes if one.status in UNFINISHED), None
    )


def _groups(events: Iterator[Prepared]) -> Iterator[list[Prepared]]:
    group: list[Prepared] = []
    for event in events:
        group.append(event)
        if len(group) == _GROUP:
            yield group
            group = []
    if group:
        yield group
