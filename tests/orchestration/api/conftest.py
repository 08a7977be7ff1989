from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sandbox.environment import demo_environment

PROJECT = Path(__file__).parents[3]
READ = "workspace:read, plan:read, deliveries:read, quarantine:read"
FILE = f"""\
stage: starter
sources:
  web: {{kind: events, write_key: "${{WEB_KEY}}"}}
destinations:
  analytics:
    kind: mixpanel
    url: ${{MIXPANEL_URL:-https://api.mixpanel.com}}
    project_id: ${{PROJECT}}
    service_account: robot
    service_secret: written-out-by-mistake
    unheard_of: hush-hush-too
connections:
  product_analytics:
    sources: [web]
    destination: analytics
    events: {{allow: [order_completed]}}
    constants: {{token: xoxb-1234567890-abcdef}}
keys:
  team: {{key: "${{TEAM_KEY}}", scopes: [{READ}]}}
  planner: {{key: "${{PLANNER_KEY}}", scopes: [plan:read]}}
  nobody: {{key: "${{UNSET_KEY}}", scopes: [workspace:read]}}
"""


@dataclass(frozen=True)
class Server:
    """A running `cdp api` and what it serves."""

    project_dir: Path
    data_dir: Path
    address: str

    def client(self, key: str | None = "team-key") -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=30)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace of its own with the repository's tracking plan."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "headwater.yml").write_text(FILE)
    (folder / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
    return folder


@pytest.fixture
def environment(project: Path, tmp_path: Path) -> dict[str, str]:
    return demo_environment(0) | {
        "CDP_PROJECT_DIR": str(project),
        "CDP_DATA_DIR": str(tmp_path / "var"),
        "WEB_KEY": "web-write-key",
        "TEAM_KEY": "team-key",
        "PLANNER_KEY": "planner-key",
        "PROJECT": "project-77",
    }


@pytest.fixture
def start(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[], Server]]:
    """Starts `cdp api` as a process."""
    processes = []

    def serve() -> Server:
        ready = tmp_path / "ready.json"
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from cdp.cli import main; main()"),
                *("api", "--port", "0", "--ready-file", str(ready)),
            ],
            env=os.environ | environment,
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
        )
        processes.append(process)
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        port = json.loads(ready.read_text())["port"]
        return Server(project, tmp_path / "var", f"http://127.0.0.1:{port}")

    yield serve
    for process in processes:
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture
def server(start: Callable[[], Server]) -> Server:
    return start()
