from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdp.settings import Settings
from ingestion.event_log import EventLog

PROJECT = Path(__file__).parents[2]
Rows = list[tuple[Any, ...]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A workspace without SaaS tools."""
    document = {"sources": {"web": {"kind": "events", "write_key": "w"}}}
    return Settings(PROJECT, tmp_path, document, {})


@pytest.fixture
def append(settings: Settings) -> Iterator[Callable[..., None]]:
    """Append events to the log as a collector would."""
    logs: dict[tuple[str, str], EventLog] = {}

    def write(*lines: Any, topic: str = "accepted", partition: str = "0") -> None:
        log = logs.get((topic, partition))
        if log is None:
            log = EventLog(settings.event_log_dir, topic, partition)
            logs[topic, partition] = log
        log.append(
            [
                line if isinstance(line, bytes) else json.dumps(line).encode()
                for line in lines
            ]
        )
        log.sync()

    yield write
    for log in logs.values():
        log.close()


@pytest.fixture
def rows(settings: Settings) -> Callable[..., Rows]:
    """Query the warehouse."""

    def query(sql: str) -> Rows:
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    return query


def make_event(number: int, **changes: Any) -> dict[str, Any]:
    moment = f"2026-11-{1 + number % 20:02d}T10:00:00.000Z"
    event = {
        "messageId": f"m{number}",
        "type": "track",
        "event": "product_viewed",
        "anonymousId": f"a{number % 7}",
        "userId": f"u{number % 5}",
        "originalTimestamp": moment,
        "sentAt": moment,
        "timestamp": moment,
        "receivedAt": moment,
        "sourceId": "web",
        "channel": "web",
        "context": {"page": {"path": "/p", "title": "Étui"}},
        "properties": {"product_id": f"p{number}", "price": 12.5, "tags": ["a", "b"]},
    }
    return {name: value for name, value in (event | changes).items() if value != ""}


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    return make_event


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """What a command in a process of its own needs to work on the same folder."""
    return dict(os.environ) | {
        "CDP_PROJECT_DIR": str(PROJECT),
        "CDP_DATA_DIR": str(settings.data_dir),
    }
