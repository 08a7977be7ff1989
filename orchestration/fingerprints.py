"""Fingerprints of what a step depends on: the code, the day and the raw data.

What our own syncs write into a tool comes back with the next load. The fingerprint is
therefore taken of the staged columns, which leave those fields out, and of no time
stamp that a tool sets when we write to it: else every sync would cause another run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from activation.ledger import prepare_ledger
from cdp.settings import Settings
from cdp.warehouse import open_warehouse

CODE_OF_MODELS = (
    *("models", "macros", "seeds", "tests/warehouse"),
    *("dbt_project.yml", "selectors.yml"),
)
_SUFFIXES = {".sql", ".yml", ".csv", ".py"}
# Set by the tool when anybody writes to it, or by the load.
_MOVES_WITHOUT_NEWS = {"updated_at", "loaded_at"}
# Events are counted in the log's own tables; predictions and the ledger come after it.
_NOT_FROM_TOOLS = ("stg_events__", "stg_predictions__", "stg_ledger__")
# An attempt in vain leaves an event waiting, as it was.
_NEWS_OF_LOG = {
    "events": "true",
    "quarantine": "true",
    "deliveries": "status not in ('retry', 'misconfigured')",
}


def of_files(project_dir: Path, places: Iterable[str]) -> str:
    """Return a hash of the files in these folders, by name and content."""
    digest = hashlib.sha256()
    for place in places:
        root = project_dir / place
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.is_file() and file.suffix in _SUFFIXES:
                digest.update(str(file.relative_to(project_dir)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def of_today(settings: Settings) -> str:
    """Return the day that "the last 30 days" are counted from."""
    day = settings.environment.get("CDP_AS_OF") or datetime.now(UTC).date().isoformat()
    return f"{day}/{settings.environment.get('CDP_CHURN_DEFINITION', '')}"


def of_raw_data(settings: Settings) -> str:
    """Return a hash of what has been loaded; empty before the first load."""
    if not settings.warehouse_path.exists():
        return ""
    with open_warehouse(settings, "look for new rows") as connection:
        tables = connection.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns"
            " where table_schema like 'raw\\_%' escape '\\'"
            " or table_schema = 'staging'"
            " order by table_schema, table_name, ordinal_position"
        ).fetchall()
        columns: dict[tuple[str, str], list[str]] = {}
        for schema, table, column, _ in tables:
            columns.setdefault((schema, table), []).append(column)
        parts = []
        for (schema, table), names in columns.items():
            query = _content_query(schema, table, names)
            if query:
                parts.append((schema, table, connection.execute(query).fetchone()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def of_ledger(settings: Settings) -> str:
    """Return what tells one state of the sync ledger from another."""
    with open_warehouse(settings, "look for syncs") as connection:
        prepare_ledger(connection)
        row = connection.execute(
            "select count(*), max(attempted_at) from ledger.sync_outcomes"
        ).fetchone()
    return repr(row)


def _content_query(schema: str, table: str, names: list[str]) -> str | None:
    """Return the query for one relation, or None for what another one stands for."""
    if schema == "raw_events":
        news = _NEWS_OF_LOG.get(table)
        if news is None:
            return None
        return f"select count(*), max(loaded_at) from {schema}.{table} where {news}"  # noqa: S608
    if schema != "staging" or table.startswith(_NOT_FROM_TOOLS):
        return None
    kept = [f'"{name}"' for name in names if name not in _MOVES_WITHOUT_NEWS]
    return (
        f"select count(*), bit_xor(hash({', '.join(kept)}))"  # noqa: S608
        f' from {schema}."{table}"'
    )
