"""What is tested is what docs/sdks.md says, and installs from any registry."""

from __future__ import annotations

import json
import re

from tests.ingestion.collector.conftest import PROJECT
from tests.ingestion.collector.sdks.conftest import SDKS
from tests.ingestion.collector.sdks.documented import PAGE

TESTED = re.compile(
    r"^\| \[.*?\| `(?P<name>[^`]+)` (?P<version>[\d.]+) \|", re.MULTILINE
)


def test_the_page_names_the_versions_that_are_locked() -> None:
    locked = json.loads((SDKS / "package.json").read_text())["dependencies"]
    python = (PROJECT / "requirements.lock").read_text()
    said = dict(TESTED.findall(PAGE.read_text(encoding="utf-8")))
    assert len(said) == 6
    for name, version in said.items():
        assert locked.get(name) == version or f"{name}=={version}" in python


def test_the_lock_names_no_registry() -> None:
    lock = (SDKS / "package-lock.json").read_text()
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    packages.pop("")
    assert all(package["integrity"] for package in packages.values())
