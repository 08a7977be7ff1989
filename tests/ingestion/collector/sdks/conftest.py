from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, sync_playwright

from tests.ingestion.collector.conftest import PROJECT, RunningCollector
from tests.ingestion.collector.sdks.website import Shop, website

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
]
SDKS = Path(__file__).parent
MODULES = SDKS / "node_modules"


@dataclass(frozen=True)
class Node:
    """Runs JavaScript that imports the SDKs from npm."""

    program: str
    folder: Path

    def start(self, *code: str, **environment: str) -> subprocess.Popen[str]:
        script = self.folder / "run.mjs"
        script.write_text("\n".join(code), encoding="utf-8")
        return subprocess.Popen(
            [self.program, script],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *code: str, **environment: str) -> str:
        with self.start(*code, **environment) as process:
            said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said


@pytest.fixture(scope="session")
def modules() -> Path:
    if not (MODULES / ".package-lock.json").exists():
        pytest.skip("the SDKs from npm are not installed: make pytest does it")
    return MODULES


@pytest.fixture
def node(tmp_path: Path, modules: Path) -> Node:
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node.js is not installed")
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "node_modules").symlink_to(modules)
    return Node(program, folder)


@pytest.fixture
def slow_collector(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[RunningCollector]:
    """A collector that takes few events a second, as the test's parameter says."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
    workspace = yaml.safe_load((PROJECT / "headwater.yml").read_text())
    workspace["sources"]["web"]["events_per_second"] = request.param
    (project / "headwater.yml").write_text(yaml.safe_dump(workspace))
    own = RunningCollector(tmp_path / "data", project_dir=project)
    own.data_dir.mkdir()
    own.start()
    yield own
    own.end()


@contextmanager
def full_disk(collector: RunningCollector) -> Iterator[None]:
    """The system refuses every write of the collector until the block ends."""
    process = collector.process
    assert process is not None
    usual = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, usual)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def shop(browser: Browser, tmp_path: Path, modules: Path) -> Iterator[Shop]:
    folder = tmp_path / "website"
    folder.mkdir()
    (folder / "node_modules").symlink_to(modules)
    with website() as site, browser.new_context() as context:
        yield Shop(site, context, folder)
