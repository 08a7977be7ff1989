"""What sources and destinations declare about themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from activation.destinations.registry import EVENTS, RECORDS
from cdp.workspace_kinds import (
    DESTINATIONS,
    SOURCES,
    destination_kinds,
    source_kinds,
)
from cdp.workspace_schema import Kind, Setting

PROJECT = Path(__file__).parents[2]
KINDS = [*source_kinds().values(), *destination_kinds().values()]
TYPES = {
    "string": (str, int, float),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list, tuple),
    "object": (dict,),
}


def below(setting: Setting) -> Iterator[Setting]:
    yield setting
    for inner in (*setting.keys, *filter(None, [setting.each])):
        yield from below(inner)


def test_every_destination_that_declares_itself_is_known() -> None:
    folder = PROJECT / "activation/destinations"
    for file in sorted(folder.glob("*.py")):
        if re.search(r"^KIND\b", file.read_text(encoding="utf-8"), re.MULTILINE):
            kind = import_module(f"activation.destinations.{file.stem}").KIND
            assert kind.name in DESTINATIONS, file.stem
            assert destination_kinds()[kind.name] == kind


def test_every_kind_goes_by_its_own_name() -> None:
    assert [kind.name for kind in source_kinds().values()] == list(SOURCES)
    assert [kind.name for kind in destination_kinds().values()] == list(DESTINATIONS)
    assert set(DESTINATIONS) <= set(EVENTS) | set(RECORDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_every_setting_says_what_it_is_and_fits_itself(kind: Kind) -> None:
    assert kind.description.endswith(".")
    names = [one.name for one in kind.all_settings()]
    assert len(names) == len(set(names))
    assert "kind" not in names
    for setting in (inner for one in kind.all_settings() for inner in below(one)):
        assert setting.description.endswith((".", "…")), setting.name
        if setting.default is None:
            continue
        assert not setting.is_secret, setting.name
        assert isinstance(setting.default, TYPES[setting.kind]), setting.name
        is_choice = not setting.choices or setting.default in setting.choices
        assert is_choice or setting.kind == "list", setting.name
