from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

PROJECT = Path(__file__).parents[3]
KEYS = {"web": "web-key", "mobile": "mobile-key", "server": "server-key"}


@dataclass
class RunningCollector:
    """A collector in a process of its own, on a data folder that outlives it."""

    data_dir: Path
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    project_dir: Path = PROJECT
    port: int = 0  # any free one, unless a test comes back to the same
    options: tuple[str, ...] = ()

    def start(self) -> None:
        ready = self.data_dir / "ready.json"
        ready.unlink(missing_ok=True)
        environment = os.environ | {
            "CDP_PROJECT_DIR": str(self.project_dir),
            "CDP_DATA_DIR": str(self.data_dir),
            **{f"CDP_{name.upper()}_WRITE_KEY": key for name, key in KEYS.items()},
        }
        self.process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "ingestion.collector",
                    "--port",
                    str(self.port),
                ),
                *("--ready-file", str(ready), *self.options),
            ],
            env=environment,
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                port = json.loads(ready.read_text())["port"]
            except (OSError, ValueError):
                time.sleep(0.02)
                continue
            self.url = f"http://127.0.0.1:{port}"
            return
        raise AssertionError("the collector did not start")

    def end(self, with_signal: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.wait(30)
            self.process = None

    def post(self, path: str, body: Any, **request: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.setdefault("auth", (KEYS["web"], ""))
        return httpx.post(self.url + path, content=content, **request)

    def lines(self, topic: str) -> list[dict[str, Any]]:
        files = sorted((self.data_dir / "event_log" / topic).glob("*/*.ndjson"))
        return [
            json.loads(line)
            for file in files
            for line in file.read_bytes().splitlines()
        ]


@pytest.fixture(scope="module")
def shared_collector(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningCollector]:
    collector = RunningCollector(tmp_path_factory.mktemp("collector"))
    collector.start()
    yield collector
    collector.end()


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    own = RunningCollector(tmp_path)
    own.start()
    yield own
    own.end()
    shutil.rmtree(tmp_path, ignore_errors=True)
