"""A forwarder that is killed: every store has each event once all the same."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import yaml

from activation.forward import forward_once

PROJECT = Path(__file__).parents[4]
COUNT, LATE = 30_000, 700
Make = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Store:
    """A store under test: its settings, and which messages it holds."""

    destination: dict[str, Any]
    ids: Callable[[], Counter[str]]


def postgres_store(request: Any) -> Store:
    server = request.getfixturevalue("postgres")

    def ids() -> Counter[str]:
        found = server.run("select to_regclass('once.events') is not null")
        rows = server.rows("once.events", "message_id") if found == [(True,)] else []
        return Counter(name for (name,) in rows)

    section = {**server.section, "kind": "postgres", "schema": "once"}
    return Store(section, ids)


def redis_store(request: Any) -> Store:
    _, port = request.getfixturevalue("redis_server")

    def ids() -> Counter[str]:
        with redis.Redis(port=port, decode_responses=True) as client:
            entries: Any = client.xrange("events")
        return Counter(fields["message_id"] for _, fields in entries)

    section = {"kind": "redis", "url": f"redis://127.0.0.1:{port}/0"}
    return Store(section | {"stream": "events", "stream_length": 10 * COUNT}, ids)


def object_storage(request: Any) -> Store:
    folder = request.getfixturevalue("tmp_path") / "lake"

    def ids() -> Counter[str]:
        return Counter(
            msgspec.json.decode(line)["messageId"]
            for file in folder.glob("event=*/*/*/*.gz")
            for line in gzip.decompress(file.read_bytes()).splitlines()
        )

    section = {"kind": "object_storage", "url": str(folder), "batch_size": 1000}
    return Store(section, ids)


@pytest.fixture(params=[postgres_store, redis_store, object_storage])
def store(request: Any) -> Any:
    return request.param(request)


def start_forwarder(settings: Any) -> subprocess.Popen[bytes]:
    project = settings.data_dir.parent / "project"
    project.mkdir()
    (project / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
    (project / "headwater.yml").write_text(yaml.safe_dump(settings.document))
    places = {"CDP_PROJECT_DIR": project, "CDP_DATA_DIR": settings.data_dir}
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from cdp.cli import main; main()"),
            *("forward", "--once"),
        ],
        env={**os.environ, **{name: str(path) for name, path in places.items()}},
        cwd=PROJECT,
    )


def test_a_killed_forwarder_leaves_each_event_once(
    store: Store,
    connected: Callable[..., Any],
    arrive: Callable[..., None],
    event: Make,
) -> None:
    settings = connected({"store": {"destination": store.destination}})
    arrive(settings, [event(number) for number in range(COUNT)])
    forwarder = start_forwarder(settings)
    deadline = time.monotonic() + 120
    while not store.ids():
        assert forwarder.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    forwarder.send_signal(signal.SIGKILL)
    forwarder.wait()
    before = store.ids().total()
    late = [event(COUNT + number, event="late") for number in range(LATE)]
    arrive(settings, late)

    (result,) = forward_once(settings).connections

    taken = store.ids()
    assert 0 < before < COUNT
    assert result.stopped_by is None
    assert len(taken) == COUNT + LATE
    assert set(taken.values()) == {1}
