from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cdp.errors import Misconfigured
from cdp.plan_schema import compile_object
from cdp.tracking_plan import load_plan

PLAN = Path(__file__).parents[2] / "tracking_plan"
FILES = sorted((PLAN / "events").glob("*.yml"))

TRAITS = """
name: traits
description: d
owner: o
version: 1
when_violated: {}
properties: {type: object, properties: {email: {type: string}}}
"""


def plan_with(tmp_path: Path, event: str, name: str = "bought") -> Path:
    (tmp_path / "events").mkdir(exist_ok=True)
    (tmp_path / "events" / f"{name}.yml").write_text(event)
    (tmp_path / "traits.yml").write_text(TRAITS)
    return tmp_path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_plan_is_valid_json_schema_and_explains_itself(
    file: Path,
) -> None:
    content = yaml.safe_load(file.read_text())
    jsonschema.Draft202012Validator.check_schema(content["properties"])
    for name, schema in content["properties"]["properties"].items():
        assert schema.get("description"), f"{file.stem}.{name} has no description"


VALUES: list[Any] = [
    *("", "a", "abc", 0, 1, -1, 2.0, 2.5, 10**400, True, False, [], ["a"], [1]),
    *({}, {"a": 1}, {"a": "x"}, {"a": "x", "b": 1}),
]
SCHEMAS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "minLength": 1, "maxLength": 2},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "string", "pattern": "^ab"},
    {"type": "integer"},
    {"type": "number", "minimum": 0, "maximum": 2},
    {"minimum": 1},
    {"type": "boolean"},
    {"type": ["string", "number"]},
    {"type": "array", "items": {"type": "string"}},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_the_compiled_plan_agrees_with_a_json_schema_validator(
    schema: dict[str, Any],
) -> None:
    check = compile_object({"type": "object", "properties": {"x": schema}}, "p", "f")
    validator = jsonschema.Draft202012Validator(schema)
    for value in VALUES:
        ours = [
            each for each in check({"x": value}) if each.code != "unplanned_property"
        ]
        assert (ours == []) == validator.is_valid(value), (schema, value)


def test_a_null_counts_as_absent() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    }
    found = compile_object(schema, "properties", "f")({"a": None, "b": None})
    assert [(each.code, each.place) for each in found] == [
        ("missing_property", "properties.a")
    ]


def test_a_violation_never_repeats_the_value() -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    found = compile_object(schema, "traits", "f")({"age": "a@example.com"})
    assert "example.com" not in found[0].message


GOOD = """
name: bought
description: d
owner: o
version: 1
when_violated: {unplanned_property: strip}
properties: {type: object, properties: {sku: {type: string}}}
"""
BAD_FILES = {
    "a rule nobody checks": (GOOD.replace("{type: string}", "{oneOf: []}"), "oneOf"),
    "an unknown type": (GOOD.replace("type: string", "type: text"), "text"),
    "an unknown action": (GOOD.replace("strip", "drop"), "drop"),
    "what is missing is stripped": (
        GOOD.replace("unplanned_property", "missing_property"),
        "missing_property",
    ),
    "no owner": (GOOD.replace("owner: o\n", ""), "owner"),
    "another name": (GOOD.replace("bought", "sold"), "sold"),
    "aliases that are no list": (GOOD + "aliases: Bought\n", "aliases"),
    "an alias that is another event's name": (GOOD + "aliases: [bought]\n", "bought"),
    "an unknown purpose": (
        GOOD.replace("{type: string}", "{type: string, purposes: [fun]}"),
        "purposes",
    ),
    "no yaml": ("name: [", "cannot be read"),
    "required is not described": (
        GOOD.replace("type: object,", "type: object, required: [colour],"),
        "required",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    text, named = BAD_FILES[name]
    with pytest.raises(Misconfigured) as raised:
        load_plan(plan_with(tmp_path, text))
    assert named in str(raised.value)
    assert "bought.yml" in str(raised.value)


def test_an_empty_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no event is planned"):
        load_plan(tmp_path)


def test_a_nested_unplanned_property_is_stripped_alone(tmp_path: Path) -> None:
    lines = "{type: array, items: {type: object, properties: {sku: {type: string}}}}"
    plan = load_plan(plan_with(tmp_path, GOOD.replace("{type: string}", lines)))
    verdict = plan.judge("track", "bought", {"sku": [{"sku": "a"}, {"hue": "red"}]})
    assert not verdict.is_quarantined
    assert verdict.stripped == (("properties", "sku", 1, "hue"),)
    assert verdict.violations[0].place == "properties.sku[1].hue"


def test_what_quarantines_an_event_stands_before_what_is_allowed(
    tmp_path: Path,
) -> None:
    plan = load_plan(plan_with(tmp_path, GOOD.replace("strip", "allow")))
    verdict = plan.judge("track", "bought", {"hue": "red", "sku": 7})
    assert [each.code for each in verdict.violations] == [
        "wrong_type",
        "unplanned_property",
    ]


def test_an_alias_of_two_events_is_refused(tmp_path: Path) -> None:
    sold = GOOD.replace("bought", "sold") + "aliases: [Bought]\n"
    plan_with(tmp_path, sold, "sold")
    with pytest.raises(Misconfigured, match="'Bought' is a name of bought already"):
        load_plan(plan_with(tmp_path, GOOD + "aliases: [Bought]\n"))


def test_the_plan_says_what_is_personal_and_for_which_purposes(tmp_path: Path) -> None:
    inner = (
        "{type: array, items: {type: object, properties: "
        "{who: {type: string, personal: true, purposes: [support]}}}}"
    )
    plan = load_plan(plan_with(tmp_path, GOOD.replace("{type: string}", inner)))
    bought = plan.events["bought"]
    assert bought.personal == {("sku", "[]", "who")}
    assert bought.purposes == {("sku", "[]", "who"): frozenset({"support"})}
