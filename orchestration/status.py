"""``cdp status``: what is loaded, built, sent and waiting; it changes none of it."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import duckdb

from activation.cursor import Cursor, read_cursor
from activation.exposures import read_syncs
from activation.syncs.alerts import stale_hours_of
from cdp.errors import CdpError, Misconfigured, Unavailable
from cdp.settings import Settings, load_settings
from cdp.warehouse import open_snapshot, open_unpublished
from ingestion.event_log import end_positions, segments
from orchestration.freshness import describe_sources
from orchestration.path import steps_for
from orchestration.state import last_inputs

_TOPICS = ("accepted", "quarantine", "deliveries")
_TABLES = (
    ("events", "raw_events.events"),
    ("quarantined", "raw_events.quarantine"),
    ("customers", "marts.customers"),
    ("orders", "marts.orders"),
    ("churn scores", "predictions.churn"),
    ("recommendations", "predictions.recommendations"),
)


@click.command(name="status")
def command() -> None:
    """Show what is loaded, built, sent and waiting.

    Reads the event log, the newest published snapshot and the cursors; waits for
    nobody and changes nothing. Until a first snapshot is published it reads the
    warehouse itself, if nobody writes it.
    """
    for line in describe(load_settings()):
        click.echo(line)


def describe(settings: Settings) -> list[str]:
    """Return the lines of ``cdp status``.

    Args:
        settings: The workspace.
    """
    return [
        f"Workspace {settings.project_dir}, stage {settings.stage}",
        f"Data      {settings.data_dir}",
        "",
        *_event_log(settings),
        "",
        *_live_destinations(settings),
        *_warehouse(settings),
        "",
        *_steps(settings),
    ]


def _event_log(settings: Settings) -> list[str]:
    lines = ["Event log"]
    for topic in _TOPICS:
        found = segments(settings.event_log_dir, topic)
        size = sum(segment.size for segment in found) / 1e6
        lines.append(f"  {topic:<12} {size:>10,.1f} MB in {len(found)} segments")
    return lines


def _live_destinations(settings: Settings) -> list[str]:
    ends = end_positions(settings.event_log_dir, "accepted")
    lines = []
    for file in sorted((settings.data_dir / "forward").glob("*.json")):
        try:
            state = _live_state(read_cursor(file), ends)
        except Misconfigured as error:
            state = str(error)
        lines.append(f"  {file.stem:<24} {state}")
    return ["Live destinations", *lines, ""] if lines else []


def _live_state(cursor: Cursor, ends: dict[str, int]) -> str:
    reached = cursor.positions
    waiting = sum(end - reached.get(name, 0) for name, end in ends.items())
    state = "up to date" if waiting == 0 else f"{waiting / 1e6:,.1f} MB waiting"
    if cursor.pause is None:
        return state
    return f"{state}; paused since {cursor.pause.since[:19]}Z: {cursor.pause.reason}"


def _warehouse(settings: Settings) -> list[str]:
    try:
        with open_snapshot(settings) as connection:
            return _described(settings, connection, "newest snapshot")
    except Misconfigured as error:
        is_published = (settings.data_dir / "published" / "current").is_file()
        if is_published or not settings.warehouse_path.is_file():
            return ["Warehouse", f"  {error}"]
    try:  # loaded, and never published
        with open_unpublished(settings, "show the status") as connection:
            return _described(settings, connection, "no snapshot published yet")
    except Misconfigured as error:
        return ["Warehouse", f"  {error}"]
    except Unavailable as error:
        said = "no snapshot has been published yet, and the warehouse cannot be read"
        return ["Sources and warehouse", f"  {said}: {error}"]


def _described(
    settings: Settings, connection: duckdb.DuckDBPyConnection, which: str
) -> list[str]:
    return [
        *describe_sources(settings, connection, datetime.now(UTC)),
        "",
        f"Warehouse ({which})",
        *(_count(connection, title, table) for title, table in _TABLES),
        *_quarantine_reasons(connection),
        *_last_syncs(settings, connection),
    ]


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str
) -> list[tuple[object, ...]]:
    """Return the rows, or none where a later stage has not made the table yet."""
    try:
        return connection.execute(query).fetchall()
    except duckdb.CatalogException:
        return []


def _count(connection: duckdb.DuckDBPyConnection, title: str, table: str) -> str:
    found = _rows(connection, f"select count(*) from {table}")  # noqa: S608
    count = f"{found[0][0]:>12,}" if found else f"{'not yet':>12}"
    return f"  {title:<16} {count}  {table}"


def _quarantine_reasons(connection: duckdb.DuckDBPyConnection) -> list[str]:
    reasons = _rows(
        connection,
        "select reason, coalesce(event, type, 'unreadable'), count(*)"
        " from raw_events.quarantine"
        " group by 1, 2 order by 3 desc, 1, 2 limit 5",
    )
    if not reasons:
        return []
    return [
        "",
        "Quarantine, most frequent",
        *(f"  {count:>8,}  {reason}: {event}" for reason, event, count in reasons),
    ]


def _last_syncs(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[str]:
    syncs = _rows(
        connection,
        "select sync_name, max(ended_at), arg_max(delivered_count, ended_at),"
        " arg_max(rejected_count, ended_at) from ledger.sync_runs"
        " group by sync_name order by sync_name",
    )
    if not syncs:
        return []
    stale = _stale_syncs(settings, connection)
    return [
        "",
        "Syncs, last run",
        *(
            f"  {name:<24} {str(ended)[:19]}  {delivered:,} sent, {rejected:,} rejected"
            f"{stale.get(str(name), '')}"
            for name, ended, delivered, rejected in syncs
        ),
    ]


def _stale_syncs(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> dict[str, str]:
    """Return what to say of each sync that has had no complete run for too long."""
    try:
        syncs = read_syncs(settings).syncs
    except CdpError:  # `cdp check` says what is wrong with them
        return {}
    now = datetime.now(UTC).isoformat()
    ages = {one.name: stale_hours_of(connection, one, now) for one in syncs}
    return {
        name: f"; STALE: no complete run for {age:,.0f} hours"
        for name, age in ages.items()
        if age is not None
    }


def _steps(settings: Settings) -> list[str]:
    done = last_inputs(settings)
    file = settings.data_dir / "state" / "steps.json"
    when = (
        datetime.fromtimestamp(file.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC")
        if file.exists()
        else "never"
    )
    waiting = [
        step.name
        for step in steps_for(settings)
        if step.inputs and step.name not in done
    ]
    said = f"; never run: {', '.join(waiting)}" if waiting else ""
    return [f"Last run    {when}{said}"]
