"""A running stand-in of every tool, a workspace that reads it, and its warehouse."""

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdp.settings import Settings, load_settings
from ingestion.pipeline import run_source
from sandbox.environment import demo_environment
from sandbox.tools.in_thread import serving
from sandbox.tools.stand import Stand
from sandbox.tools.traffic import Fault

PROJECT_DIR = Path(__file__).parents[3]


@dataclass
class Workspace:
    stand: Stand
    settings: Settings

    def load(self, kind: str, **options: Any) -> dict[str, int]:
        """Load once; rows by table."""
        source = importlib.import_module(f"ingestion.sources.{kind}")
        loaded = run_source(
            self.settings, kind, source.source(self.settings, **options)
        )
        return {one.table.split(".")[1]: one.rows for one in loaded}

    def load_all(self, kind: str, **options: Any) -> int:
        """Load until nothing comes; how many loads brought something."""
        loads = 0
        while self.load(kind, **options):
            loads += 1
        return loads

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(statement).fetchall()

    def ids(self, table: str) -> list[str]:
        return sorted(str(row[0]) for row in self.query(f"select id from {table}"))  # noqa: S608

    def put(self, tool: str, object_name: str, *bodies: dict[str, Any]) -> None:
        key = "Id" if tool == "salesforce" else "id"
        documents = [(str(body[key]), body) for body in bodies]
        self.stand.store.put_many(tool, object_name, documents)

    def fail(self, tool: str, kind: str, count: int = 1, after: int = 0, **more: Any):
        self.stand.traffic.inject(tool, Fault(kind, **more), count=count, after=after)

    def requests(self, tool: str) -> int:
        return self.stand.traffic.requests[tool]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with serving(tmp_path / "tools.sqlite") as (stand, port):
        environment = {
            **os.environ,
            **demo_environment(port),
            "CDP_PROJECT_DIR": str(PROJECT_DIR),
            "CDP_DATA_DIR": str(tmp_path / "data"),
        }
        settings = load_settings(environment)
        settings.data_dir.mkdir()
        stand.traffic.largest_page = 100
        yield Workspace(stand, settings)
