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
    connection: duckdb.DuckDBPyConnection, sync: Sync, run_id: str, at: str
) -> tuple[Alert, ...]:
    """Judge a sync by its ledger, and enter what is found there.

    Args:
        connection: The warehouse.
        sync: Which sync.
        run_id: The run that has just ended; empty where it was withheld.
        at: When, ISO 8601.
    """
    found = [*_staleness(connection, sync, at)]
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


def _failures(
    connection: duckdb.DuckDBPyConnection, sync: Sync, run_id: str
) -> list[Alert]:
    row = connection.execute(
        "select delivered_count, rejected_count from ledger.sync_runs where run_id = ?",
        [run_id],
    ).fetchone()
    delivered, rejected = row or (0, 0)
    tried = delivered + rejected
    share = rejected / tried if tried else 0.0
    if share <= sync.meta.alerts.failed_share:
        return []
    most = sync.meta.alerts.failed_share
    message = f"{rejected:,} of {tried:,} records were refused (alert above {most:.0%})"
    return [Alert("failed_share", message)]


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


def _staleness(
    connection: duckdb.DuckDBPyConnection, sync: Sync, at: str
) -> list[Alert]:
    hours = sync.meta.alerts.stale_hours
    if hours is None:
        return []
    row = connection.execute(
        """
        select epoch(cast($at as timestamptz) - max(ended_at)) / 3600
        from ledger.sync_runs
        where sync_name = $sync and retry_count = 0
        """,
        {"at": at, "sync": sync.name},
    ).fetchone()
    age = row[0] if row else None
    if age is None or age <= hours:
        return []
    message = f"the last complete run was {age:,.0f} hours ago (alert after {hours:g})"
    return [Alert("stale", message)]
