"""The documents say what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cdp.cli import COMMANDS
from cdp.workspace_kinds import DESTINATIONS

PROJECT = Path(__file__).parents[1]
PAGES = [
    *sorted(PROJECT.glob("*.md")),
    *sorted((PROJECT / "docs").rglob("*.md")),
    PROJECT / "models/intermediate/identity/README.md",
]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_documents(name: str) -> None:
    assert re.search(rf"\bcdp {name}\b", TEXT)


def test_every_make_target_that_the_documents_name_exists() -> None:
    targets = set(
        re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    )
    named = set(re.findall(r"^make ([a-z]+)", TEXT, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_folder_of_the_map_exists() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^\| (`[a-z_]+/`.*?) \|", readme, re.MULTILINE):
        for folder in re.findall(r"`([a-z_]+)/`", line):
            assert (PROJECT / folder).is_dir(), folder


def test_every_destination_is_in_the_documents() -> None:
    workspace = yaml.safe_load((PROJECT / "headwater.yml").read_text())
    for destination in workspace["destinations"]:
        assert destination in TEXT.lower()


@pytest.mark.parametrize("kind", sorted(DESTINATIONS))
def test_every_kind_of_destination_has_its_page(kind: str) -> None:
    overview = (PROJECT / "docs" / "destinations.md").read_text(encoding="utf-8")
    assert f"(destinations/{kind}.md)" in overview
    assert (PROJECT / "docs" / "destinations" / f"{kind}.md").exists()


def test_every_setting_of_ours_is_explained() -> None:
    code = [
        file.read_text(encoding="utf-8")
        for room in ("cdp", "ingestion", "activation", "ml", "orchestration", "macros")
        for file in (PROJECT / room).rglob("*.*")
        if file.suffix in {".py", ".sql"}
    ]
    code += [
        (PROJECT / name).read_text() for name in ("headwater.yml", "dbt_project.yml")
    ]
    used = set(re.findall(r"\bCDP_[A-Z_]+[A-Z]\b", "\n".join(code)))
    missing = sorted(name for name in used if name not in TEXT)
    assert missing == []
