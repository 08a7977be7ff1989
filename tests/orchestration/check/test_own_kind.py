"""A company's own destination is known everywhere once it is declared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from activation.destinations import registry
from cdp import workspace_kinds
from cdp.settings import load_settings
from cdp.workspace_json_schema import json_schema
from cdp.workspace_sections import workspace_setting
from orchestration.api.views import destinations
from orchestration.check.rules import check

MODULE = """
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "billboards",
    "Advertising beside the road.",
    (
        Setting("api_key", "A key that may write.", is_secret=True),
        Setting("size", "Of the poster.", choices=("small", "large"), default="small"),
    ),
    purpose="advertising",
    url_default="https://billboards.example.com",
)
"""
OLD = """    kind: mixpanel
    project_id: 77
    service_account: robot
    service_secret: ${MIXPANEL_SECRET}
"""
NEW = """    kind: billboards
    api_key: ${MIXPANEL_SECRET}
"""


@pytest.fixture
def own(project: Any, broken: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The project with a kind of its own, declared as the documentation says."""
    (project.code / "billboards_for_the_check.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(project.code))
    place = "billboards_for_the_check:KIND"
    monkeypatch.setitem(workspace_kinds.DESTINATIONS, "billboards", place)
    workspace_kinds.destination_kinds.cache_clear()
    project.write(broken(OLD, NEW))
    yield project
    workspace_kinds.destination_kinds.cache_clear()
    sys.modules.pop("billboards_for_the_check", None)


def test_it_is_told_that_nothing_speaks_to_it_yet(own: Any) -> None:
    (problem,) = check(own.environment)
    assert (problem.code, problem.line) == ("eventless_destination", 16)


@pytest.fixture
def spoken_to(own: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(registry.EVENTS, "billboards", "billboards:Billboards")
    return own


def test_it_is_clean_to_the_check_to_an_editor_and_in_the_api(spoken_to: Any) -> None:
    assert check(spoken_to.environment) == []
    document = yaml.safe_load((spoken_to.folder / "headwater.yml").read_text())
    validator = Draft202012Validator(json_schema(workspace_setting()))
    assert validator.is_valid(document)
    document["destinations"]["analytics"]["size"] = "huge"
    assert not validator.is_valid(document)
    (shown,) = destinations(load_settings(spoken_to.environment))
    assert (shown.kind, shown.purpose, shown.takes_events, shown.takes_rows) == (
        *("billboards", "advertising"),
        *(True, False),
    )


def test_advertising_without_consent_is_told_where_consent_is_asked_for(
    spoken_to: Any,
) -> None:
    file = spoken_to.folder / "headwater.yml"
    without = file.read_text().replace("    consent: [Analytics]\n", "")
    spoken_to.write(without)
    (problem,) = check(spoken_to.environment)
    assert (problem.code, problem.line) == ("advertising_without_consent", 14)
    spoken_to.write(
        without.replace("consent_categories: [analytics, advertising], ", "")
    )
    assert check(spoken_to.environment) == []
