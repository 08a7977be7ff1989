"""What a plan costs: requests, and minutes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import duckdb

from activation.destinations.delivery import Tagged, batches
from activation.destinations.membership import CHANGE
from activation.destinations.registry import RecordDestination
from activation.plan import Plan, Planned
from activation.syncs.bodies import Body
from activation.syncs.filling import Filler
from cdp.errors import Rejected

# calls for more records than these are reckoned from what these take
_MEASURED = 20_000


def calls_of(
    plan: Plan, filler: Filler, body_of: Callable[[Planned], Body]
) -> tuple[int, dict[str, int]]:
    """Return how many requests a plan takes, and why records would not be sent.

    Counted, or reckoned from the first where there are very many. Where the tool is
    asked first, as if it took them all.
    """
    items: list[Tagged[bool]] = []
    reasons: Counter[str] = Counter()
    planned_ = (one for one in plan.records() if one.action != "forget")
    for planned in islice(planned_, _MEASURED):
        try:
            body = body_of(planned)
            items.append(Tagged(filler.is_needed(planned, body), body.item))
        except Rejected as error:
            reasons[error.message] += 1
    tool = filler.destination
    count = sum(_requests(batch, tool) for batch in batches(items, tool.limits))
    if plan.sent_count > _MEASURED:
        count = round(count * plan.sent_count / _MEASURED)
    return count, dict(reasons)


def _requests(batch: Sequence[Tagged[bool]], tool: RecordDestination) -> int:
    """Return how many requests ask for a batch and send it."""
    lane = batch[0].item.lane
    at_once: Mapping[str, int] = getattr(tool, "asked_at_once", {})
    most = at_once.get(lane.partition(" ")[0], 0)
    is_read = any(record.tag for record in batch)
    asked = is_read + (math.ceil(len(batch) / most) if most else 0)
    # members that changed are taken out by one request and added by another
    return asked + getattr(tool, "requests_per_batch", 1) * (1 + (lane == CHANGE))


def minutes_of(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    destination: RecordDestination,
    calls: int,
) -> float | None:
    """Return how long it takes at the tool's rate and at the pace of earlier runs."""
    rate = destination.limits.requests_per_second
    by_rate = calls / rate / 60 if rate else None
    row = connection.execute(
        """
        select sum(epoch(ended_at - started_at)) / nullif(sum(delivered_count), 0) / 60
        from ledger.sync_runs where sync_name = ? and ended_at is not null
        """,
        [plan.sync.name],
    ).fetchone()
    pace = None if row is None or row[0] is None else float(row[0]) * plan.sent_count
    known = [one for one in (by_rate, pace) if one is not None]
    return max(known) if known else None
