"""A warehouse for one test: raw tables filled by hand, built by dbt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from dlt.common.normalizers.naming.snake_case import NamingConvention

from ingestion.empty_tables import TOOLS, tables_of
from ingestion.sources.event_tables import EVENT_TABLES

PROJECT = Path(__file__).parents[2]
_PARSED = tempfile.TemporaryDirectory(prefix="parsed-")


@dataclass(frozen=True)
class Warehouse:
    """One workspace with its data folder, dbt target and raw tables."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "CDP_DATA_DIR": str(self.folder),
            "CDP_PROJECT_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "PYTHONWARNINGS": "ignore",
        }

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=PROJECT,
            env=self.environment() | more,
            capture_output=True,
            text=True,
            check=False,
        )

    def dbt(self, *arguments: str) -> str:
        """Run dbt; it succeeds."""
        done = self.try_dbt(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt, which parses the project once for all warehouses of a test run.

        It parses anew for another address of the warehouse, so each has the same one.
        """
        shared = Path(_PARSED.name)
        address, parsed = shared / "warehouse", shared / "partial_parse.msgpack"
        address.unlink(missing_ok=True)
        address.symlink_to(self.folder, target_is_directory=True)
        own = self.folder / "target" / parsed.name
        if parsed.exists() and not own.exists():
            own.parent.mkdir(exist_ok=True)
            shutil.copy(parsed, own)
        command = (sys.executable, "-m", "dbt.cli.main", *arguments)
        done = self.run(*command, CDP_DATA_DIR=str(address))
        if own.exists() and not parsed.exists() and "--vars" not in arguments:
            shutil.copy(own, parsed)
        return done

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def land(self, events: Iterable[dict[str, Any]], landed_at: datetime) -> None:
        """Append events as one load does: all of them with one landing time."""
        records = [
            {
                "message_id": event["message_id"],
                "type": event.get("type", "track"),
                "event": event.get("event"),
                "source_id": event.get("source_id", "web"),
                "anonymous_id": event.get("anonymous_id"),
                "user_id": event.get("user_id"),
                "previous_id": event.get("previous_id"),
                "timestamp": event["at"].isoformat(),
                "sent_at": event["at"].isoformat(),
                "received_at": event.get("received_at", event["at"]).isoformat(),
                "context": event.get("context", {}),
                "properties": event.get("properties", {}),
                "traits": event.get("traits", {}),
                "loaded_at": landed_at.isoformat(),
                "log_partition": "0",
                "log_offset": offset,
            }
            for offset, event in enumerate(events)
        ]
        file = self.folder / "landing.ndjson"
        file.write_text("\n".join(json.dumps(record) for record in records))
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(LANDING.format(file=file))

    def merge(self, table: str, records: Iterable[dict[str, Any]]) -> None:
        """Put records into a raw table: each takes the place of the one of its id."""
        file = self.folder / "merged.ndjson"
        file.write_text("\n".join(json.dumps(record) for record in records))
        columns = ", ".join(
            f"{name}: '{TYPES[kind]}'" for name, kind in raw_tables()[table].items()
        )
        lines = "format = 'newline_delimited'"
        read = f"read_json('{file}', {lines}, columns = {{{columns}}})"
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(
                f"delete from {table} where id in (select id from {read})"  # noqa: S608
            )
            connection.execute(
                f"insert into {table} by name select * from {read}"  # noqa: S608
            )


LANDING = """
    insert into raw_events.events by name
    select * from read_json('{file}', format = 'newline_delimited', columns = {{
        message_id: 'varchar', type: 'varchar', event: 'varchar', source_id: 'varchar',
        anonymous_id: 'varchar', user_id: 'varchar', previous_id: 'varchar',
        timestamp: 'timestamptz', sent_at: 'timestamptz', received_at: 'timestamptz',
        context: 'json', properties: 'json', traits: 'json',
        loaded_at: 'timestamptz', log_partition: 'varchar', log_offset: 'bigint'
    }})
"""

TYPES = {
    "text": "varchar",
    "bigint": "bigint",
    "decimal": "decimal(18, 2)",
    "bool": "boolean",
    "json": "json",
    "date": "date",
    "timestamp": "timestamp with time zone",
}
LANDED = {"log_partition": "text", "log_offset": "bigint", "loaded_at": "timestamp"}


def raw_tables() -> dict[str, dict[str, str]]:
    """Return the columns of every table that the sources declare."""
    snake_case = NamingConvention().normalize_path  # Customer_Type__c keeps its two
    declared: dict[str, dict[str, str]] = {}
    for event_table in EVENT_TABLES:
        own = {column.name: str(column.data_type) for column in event_table.columns}
        declared[f"raw_events.{event_table.name}"] = own | LANDED
    for kind in TOOLS:
        for table in tables_of(kind):
            declared[f"raw_{kind}.{table.name}"] = {
                snake_case(name): data_type for name, data_type in table.columns.items()
            }
    return declared


def make_warehouse(folder: Path, *, with_tables: bool = True) -> Warehouse:
    """Return a warehouse with the raw tables that a first load creates, empty."""
    folder.mkdir(exist_ok=True)
    made = Warehouse(folder)
    if with_tables:
        with duckdb.connect(str(made.path)) as connection:
            for name, columns in raw_tables().items():
                types = ", ".join(
                    f"{key} {TYPES[kind]}" for key, kind in columns.items()
                )
                connection.execute(f"create schema if not exists {name.split('.')[0]}")
                connection.execute(f"create table {name} ({types})")
    return made
