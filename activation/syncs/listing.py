"""The workspace's syncs, each with its last run: what ``cdp sync list`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from activation.exposures import Sync
from activation.syncs.alerts import stale_hours_of
from activation.syncs.delivery import now
from cdp.settings import Settings
from cdp.text_table import text_table
from cdp.warehouse import open_warehouse

_HEADINGS = ("sync", "mode", "source", "destination", "last run", "outcome")
_LAST_RUNS = """
select
    sync_name, strftime(started_at, '%Y-%m-%d %H:%M'), ended_at is null,
    delivered_count, rejected_count, retry_count, coalesce(left_count, 0)
from ledger.sync_runs
qualify row_number() over (partition by sync_name order by started_at desc) = 1
"""
_NEVER = ("never", "")


def list_of(settings: Settings, syncs: Sequence[Sync]) -> str:
    """Return syncs as a table, in the order in which they run.

    Args:
        settings: The workspace; nothing is made where there is no warehouse yet.
        syncs: Which syncs.
    """
    told = _last_runs(settings, syncs)
    rows = [
        (
            sync.name,
            sync.meta.mode,
            _source_of(sync),
            f"{sync.meta.destination} {sync.meta.object}".rstrip(),
            *told.get(sync.name, _NEVER),
        )
        for sync in syncs
    ]
    return text_table(_HEADINGS, rows)


def _source_of(sync: Sync) -> str:
    meta = sync.meta
    if meta.source is not None:
        return f"postgres {meta.source.postgres}"
    if meta.analysis:
        return f"analysis {meta.analysis}"
    return "query" if meta.query else f"{sync.schema}.{sync.table}"


def _last_runs(settings: Settings, syncs: Sequence[Sync]) -> dict[str, tuple[str, str]]:
    """Return when each last ran, and how that went."""
    if not settings.warehouse_path.exists():
        return {}
    with open_warehouse(settings, "list syncs") as warehouse:
        try:
            rows = warehouse.execute(_LAST_RUNS).fetchall()
        except duckdb.CatalogException:  # no sync has run yet
            return {}
        at = now()
        ages = {one.name: stale_hours_of(warehouse, one, at) for one in syncs}
    return {
        name: (started_at, _outcome_of(*counts, age=ages.get(name)))
        for name, started_at, *counts in rows
    }


def _outcome_of(is_killed: Any, *counts: int, age: float | None) -> str:
    words = ("delivered", "rejected", "to retry", "left")
    parts = [
        f"{count:,} {word}"
        for count, word in zip(counts, words, strict=True)
        if count or word == "delivered"
    ]
    outcome = ", ".join(parts) + ("; did not end" if is_killed else "")
    return outcome if age is None else f"{outcome}; STALE for {age:,.0f} hours"
