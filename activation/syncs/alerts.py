"""What somebody must be told after a run: too many refused, odd volume, stale."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import duckdb

from activation.exposures import Sync

_HISTORY = 30
_ENOUGH = 5
_SLACK = 10
# median absolute deviations; beyond five of them chance is no explanation
_FAR = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that somebody must be told.

    Attributes:
        kind: failed_share, volume or stale.
        message: One sentence.
    """

    kind: str
    message: str


def alerts_of(
    connection: duckdb.DuckDBPyConnection,
    sync: Sync,
    run_id: str,
    at: str,
    *,
    gap_hours: float | None = None,
) -> tuple[Alert, ...]:
    """Judge a sync by its ledger, and enter what is found there.

    Args:
        connection: The warehouse.
        sync: Which sync.
        run_id: The run that has just ended; empty where it was withheld.
        at: When, ISO 8601.
        gap_hours: How stale it was before this run; None where it was not.
    """
    found = _staleness(connection, sync, at, gap_hours)
    if run_id:
        found += [
            *_failures(connection, sync, run_id),
            *_volume(connection, sync, run_id),
        ]
    for alert in found:
        connection.execute(
            "insert into ledger.sync_alerts"
            " values (?, ?, ?, ?, cast(? as timestamptz))",
            [run_id or None, sync.name, alert.kind, alert.message, at],
        )
    return tuple(found)


# what was refused before with the same values and for the same reason is no news;
# rows without a key are not told apart, and are counted
_REFUSED_AGAIN = """
with refused as (
    select record_key, row_hash, reason
    from ledger.sync_outcomes
    where run_id = $run and status = 'rejected'
),
last_known as (
    select
        record_key,
        arg_max(status, attempted_at) as status,
        arg_max({hash: row_hash, reason: reason}, attempted_at) as told
    from ledger.sync_outcomes
    where sync_name = $sync and run_id <> $run
        -- a tool that was down has said nothing of the record
        and status not in ('retry', 'misconfigured')
        and record_key in (select record_key from refused)
    group by record_key
),
last_run as (
    select arg_max(run_id, started_at) as run_id
    from ledger.sync_runs
    where sync_name = $sync and run_id <> $run and ended_at is not null
),
keyless as (
    select count(*) filter (run_id = $run) as now_count, count(*) as both_count
    from ledger.sync_outcomes
    where status = 'rejected' and record_key is null
        and (run_id = $run or run_id = (select run_id from last_run))
)
select
    (
        select count(*)
        from refused
        inner join last_known using (record_key)
        where last_known.status = 'rejected'
            and refused.row_hash is not distinct from last_known.told.hash
            and refused.reason is not distinct from last_known.told.reason
    )
    + (select least(now_count, both_count - now_count) from keyless)
"""


def _failures(
    connection: duckdb.DuckDBPyConnection, sync: Sync, run_id: str
) -> list[Alert]:
    row = connection.execute(
        "select delivered_count, rejected_count from ledger.sync_runs where run_id = ?",
        [run_id],
    ).fetchone()
    delivered, rejected = row or (0, 0)
    again = _count_refused_again(connection, sync, run_id) if rejected else 0
    refused = rejected - again
    tried = delivered + refused
    share = refused / tried if tried else 0.0
    most = sync.meta.alerts.failed_share
    if share <= most:
        return []
    message = f"{refused:,} of {tried:,} records were refused (alert above {most:.0%})"
    if again:
        message += f"; refused again, as before: {again:,}"
    return [Alert("failed_share", message)]


def _count_refused_again(
    connection: duckdb.DuckDBPyConnection, sync: Sync, run_id: str
) -> int:
    found = connection.execute(_REFUSED_AGAIN, {"run": run_id, "sync": sync.name})
    row = found.fetchone()
    return int(row[0]) if row else 0


def _volume(
    connection: duckdb.DuckDBPyConnection, sync: Sync, run_id: str
) -> list[Alert]:
    if not sync.meta.alerts.volume:
        return []
    rows = connection.execute(
        """
        select
            run_id,
            created_count + updated_count + coalesce(deleted_count, 0)
            - coalesce(left_count, 0) as sent_count
        from ledger.sync_runs
        where sync_name = ? and ended_at is not null
        order by started_at desc limit ?
        """,
        [sync.name, _HISTORY + 1],
    ).fetchall()
    mine = next((count for name, count in rows if name == run_id), None)
    # the first run sends everything; it says nothing of what is usual
    earlier = [count for name, count in rows if name != run_id]
    if len(rows) <= _HISTORY:
        earlier = earlier[:-1]
    if mine is None or len(earlier) < _ENOUGH:
        return []
    usual = statistics.median(earlier)
    deviation = statistics.median(abs(count - usual) for count in earlier)
    reach = max(_FAR * deviation, usual / 2, _SLACK)
    if abs(mine - usual) <= reach:
        return []
    low, high = max(0, round(usual - reach)), round(usual + reach)
    message = f"{mine:,} records to send; usual are {low:,} to {high:,}"
    return [Alert("volume", message)]


def stale_hours_of(
    connection: duckdb.DuckDBPyConnection, sync: Sync, at: str
) -> float | None:
    """Return for how many hours a sync has had no complete run.

    Args:
        connection: The warehouse, or a snapshot of it.
        sync: Which sync.
        at: When it is asked, ISO 8601.

    Returns:
        None where that is not longer than it allows, or is not watched.
    """
    if sync.meta.alerts.stale_hours is None:
        return None
    row = connection.execute(
        """
        select epoch(cast($at as timestamptz) - max(ended_at)) / 3600
        from ledger.sync_runs
        where sync_name = $sync and retry_count = 0
        """,
        {"at": at, "sync": sync.name},
    ).fetchone()
    if row is None or row[0] is None or row[0] <= sync.meta.alerts.stale_hours:
        return None
    return float(row[0])


def _staleness(
    connection: duckdb.DuckDBPyConnection,
    sync: Sync,
    at: str,
    gap_hours: float | None,
) -> list[Alert]:
    hours = stale_hours_of(connection, sync, at)
    # whoever stopped the scheduler is to hear of it though it goes on now
    age, which = (gap_hours, " before this one") if hours is None else (hours, "")
    if age is None:
        return []
    message = (
        f"the last complete run{which} was {age:,.0f} hours ago"
        f" (alert after {sync.meta.alerts.stale_hours:g})"
    )
    return [Alert("stale", message)]
