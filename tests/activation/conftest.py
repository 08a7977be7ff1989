from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from activation.destinations.delivery import Patience
from cdp.settings import Settings, load_settings
from ingestion.event_log import EventLog
from sandbox.environment import demo_environment
from sandbox.tools.in_thread import serving
from sandbox.tools.stand import Stand
from tests.activation.recording import Tool, recording

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Workspace:
    """A data folder of its own, stand-ins of the tools, and what tests do to both."""

    settings: Settings
    stand: Stand
    environment: Mapping[str, str]

    def run_sql(self, *statements: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall()

    def append(self, events: list[dict[str, Any]], partition: str = "0") -> None:
        log = EventLog(self.settings.event_log_dir, "accepted", partition)
        log.append([json.dumps(event).encode() for event in events])
        log.close()

    def deliveries(self) -> list[dict[str, Any]]:
        folder = self.settings.event_log_dir / "deliveries"
        return [
            json.loads(line)
            for file in sorted(folder.glob("*/*.ndjson"))
            for line in file.read_bytes().splitlines()
        ]

    def counts(self, tool: str) -> dict[str, int]:
        # asked over HTTP: the store's one connection belongs to the server's thread
        address = self.environment["SALESFORCE_URL"].removesuffix("salesforce")
        answer = httpx.get(f"{address}_control/counts", timeout=30)
        counts: dict[str, int] = answer.json()[tool]
        return counts

    def taken(self, tool: str, object_name: str) -> list[dict[str, Any]]:
        return [
            one.body for one in self.stand.store.page(tool, object_name, limit=9999)
        ]

    def with_connection(self, **changes: Any) -> Settings:
        document = json.loads(json.dumps(self.settings.document))
        document["connections"]["product_analytics"].update(changes)
        return replace(self.settings, document=document)

    def start_cdp(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(sys.executable, "-c", "from cdp.cli import main; main()"),
                *arguments,
            ],
            env=os.environ | dict(self.environment),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with serving(tmp_path / "tools.sqlite") as (stand, port):
        environment = demo_environment(port) | {
            "CDP_PROJECT_DIR": str(PROJECT),
            "CDP_DATA_DIR": str(tmp_path / "var"),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
        }
        settings = load_settings(environment)
        settings.data_dir.mkdir()
        yield Workspace(settings, stand, environment)


@pytest.fixture
def tool() -> Iterator[Tool]:
    with recording() as found:
        yield found


@pytest.fixture
def connected(tool: Tool, tmp_path: Path) -> Callable[..., Settings]:
    """Makes a workspace whose connections all lead to the recording tool."""

    def connect(
        connections: Mapping[str, Mapping[str, Any]], **sections: Any
    ) -> Settings:
        document: dict[str, Any] = {
            "destinations": {
                name: {
                    "kind": "webhook",
                    "url": f"{tool.url}/{name}",
                    "allow_private": True,
                    **section.get("destination", {}),
                }
                for name, section in connections.items()
            },
            "connections": {
                name: {
                    "sources": ["web"],
                    **section,
                    "destination": name,
                }
                for name, section in connections.items()
            },
        }
        return Settings(PROJECT, tmp_path / "var", {**document, **sections}, {})

    return connect


def append_events(settings: Settings, events: list[dict[str, Any]]) -> None:
    log = EventLog(settings.event_log_dir, "accepted", "0")
    log.append([json.dumps(event).encode() for event in events])
    log.close()


@pytest.fixture
def arrive() -> Callable[[Settings, list[dict[str, Any]]], None]:
    """Writes events to a workspace's log, as the collector does."""
    return append_events


@pytest.fixture
def delivery_rows() -> Callable[[Settings], list[dict[str, Any]]]:
    """Reads all rows of a workspace's deliveries."""

    def read(settings: Settings) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for file in sorted(settings.event_log_dir.glob("deliveries/*/*.ndjson"))
            for line in file.read_bytes().splitlines()
        ]

    return read


@pytest.fixture
def hasty() -> Patience:
    """Tries three times and hardly waits between them."""
    return Patience(tries=3, first_wait_seconds=0.001)


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """Makes an accepted event; what a test cares about it names."""

    def make(number: int = 1, **fields: Any) -> dict[str, Any]:
        moment = f"2026-10-01T10:{number // 60 % 60:02d}:{number % 60:02d}.250Z"
        usual = {
            "type": "track",
            "event": "product_viewed",
            "messageId": f"00000000-0000-4000-8000-{number:012d}",
            "anonymousId": "device-1",
            "properties": {"product_id": "p1", "price": 12.5},
            "context": {"page": {"url": "https://shop.example.com/p1"}},
            "sourceId": "web",
            "timestamp": moment,
            "receivedAt": moment,
        }
        return usual | fields

    return make
