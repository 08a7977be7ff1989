from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cdp.plan_command import command
from cdp.plan_diff import differences
from tests.cdp.test_plan_lint import GOOD, git, plan, write

__all__ = ["plan"]  # the fixture

BASE = """\
name: cup_bought
version: 1
aliases: [Cup Bought]
when_violated: {unplanned_property: strip}
properties:
  type: object
  required: [cup_id]
  properties:
    cup_id: {type: string}
    hue: {type: string, enum: [red, blue]}
    size: {type: number, minimum: 1}
    lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}
    tags: {type: array, items: {type: string, enum: [new, old]}}
"""
# What is changed, from, to, the property, and whether it breaks senders.
CHANGES = [
    ("a property", "    cup_id: {", "    tea: {type: string}\n    cup_id: {", "tea", 0),
    ("a required one", "[cup_id]", "[cup_id, hue]", "hue", 1),
    ("one less required", "required: [cup_id]", "required: []", "cup_id", 0),
    ("a narrower type", "size: {type: number", "size: {type: integer", "size", 1),
    ("a wider type", "{type: number", "{type: [number, string]", "size", 0),
    ("another type", "cup_id: {type: string", "cup_id: {type: number", "cup_id", 1),
    ("a value less", "[red, blue]", "[red]", "hue", 1),
    ("a value more", "[red, blue]", "[red, blue, tan]", "hue", 0),
    ("no list of values", ", enum: [red, blue]", "", "hue", 0),
    ("a higher bound", "minimum: 1", "minimum: 2", "size", 1),
    ("a lower bound", "minimum: 1", "minimum: 0", "size", 0),
    ("a pattern", "cup_id: {", "cup_id: {pattern: ^c, ", "cup_id", 1),
    ("a property less", "    size: {type: number, minimum: 1}\n", "", "size", 1),
    ("an inner one less", "{sku: {type: string}}", "{}", "lines[].sku", 1),
    ("another element", "items: {type: string", "items: {type: number", "tags[]", 1),
    ("an element less", "[new, old]", "[new]", "tags[]", 1),
    ("an element more", "[new, old]", "[new, old, odd]", "tags[]", 0),
    ("elements at last", ", items: {type: string, enum: [new, old]}", "", "tags[]", 0),
    ("an alias less", "[Cup Bought]", "[]", "", 1),
    ("an alias more", "[Cup Bought]", "[Cup Bought, Cup]", "", 0),
    ("a stricter plan", "strip", "quarantine", "", 1),
    ("a milder plan", "strip", "allow", "", 0),
    ("a description", "type: number", "description: d, type: number", "size", 0),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
def test_a_change_breaks_whoever_sends_what_fits_today(
    change: tuple[str, str, str, str, int],
) -> None:
    _, old, new, name, is_breaking = change
    assert old in BASE
    before, after = yaml.safe_load(BASE), yaml.safe_load(BASE.replace(old, new, 1))
    [found] = differences({"cup_bought": before}, {"cup_bought": after})
    assert {each.property for each in found.changes} == {name}
    assert found.is_breaking == bool(is_breaking)
    assert not found.is_version_raised


def test_a_property_less_breaks_nobody_where_the_plan_allows_others() -> None:
    text = BASE.replace("strip", "allow")
    after = text.replace("    size: {type: number, minimum: 1}\n", "")
    [found] = differences(
        {"cup_bought": yaml.safe_load(text)}, {"cup_bought": yaml.safe_load(after)}
    )
    assert not found.is_breaking


def test_another_type_breaks_nobody_where_the_plan_lets_it_pass() -> None:
    text = BASE.replace("{unplanned_property: strip}", "{wrong_type: allow}")
    [found] = differences(
        {"cup_bought": yaml.safe_load(text)},
        {"cup_bought": yaml.safe_load(text.replace("{type: number", "{type: string"))},
    )
    assert (len(found.changes), found.is_breaking) == (1, False)


def test_a_new_event_breaks_nobody_and_a_removed_one_does() -> None:
    document = {"cup_bought": yaml.safe_load(BASE)}
    [new] = differences({}, document)
    [removed] = differences(document, {})
    assert (new.kind, new.is_breaking) == ("new", False)
    assert (removed.kind, removed.is_breaking) == ("removed", True)
    assert differences(document, document) == []


def test_the_command_compares_with_a_revision(
    plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_PROJECT_DIR", str(plan.parent))
    run = CliRunner().invoke
    assert "the same as at HEAD" in run(command, ["diff", "HEAD"]).output
    write(plan, GOOD.replace("type: number", "type: integer"))
    git(plan, "tag", "before")
    text = run(command, ["diff", "before"])
    assert text.exit_code == 0
    assert "type number became integer" in text.output
    assert "1, not raised" in text.output
    assert run(command, ["diff", "before", "--fail-on-breaking"]).exit_code == 1
    markdown = run(command, ["diff", "before", "--format", "markdown"]).output
    assert markdown.startswith("| event | kind |")
    [found] = json.loads(run(command, ["diff", "before", "--format", "json"]).output)
    assert found["version"] == [1, 1]
