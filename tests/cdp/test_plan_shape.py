"""A slip of the pen in a file of the plan is told with its line, never raised."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp.errors import Misconfigured
from cdp.plan_clients import client_of
from cdp.plan_diff import differences
from cdp.plan_files import documents_now
from cdp.plan_lint import lint
from cdp.tracking_plan import load_plan
from tests.cdp.test_tracking_plan import plan_with

CUP = """\
name: cup_bought
description: A cup was bought.
owner: Tea team
version: 1
aliases: [Cup Bought]
when_violated: {unplanned_property: strip}
properties:
  type: object
  required: [cup_id]
  properties:
    cup_id: {type: string, minLength: 1, description: d}
    price: {type: number, minimum: 0, description: d, purposes: [analytics]}
    currency: {type: string, enum: [EUR], pattern: ^E, description: d}
    lines:
      type: array
      description: d
      items: {type: object, properties: {sku: {type: string, description: d}}}
"""
ODD: list[Any] = [
    *(None, True, 5, -1, 1.5, "", "x", "[", [], ["x"], [None], [1], [["x"]]),
    *({}, {"a": 1}, {"a": {"b": 1}}, {1: 2}, {None: None}, date(2026, 1, 1)),
]
# What stands there instead, its line, and what is said.
SLIPS = [
    ("version: 1", "version: one", 4, "version is not a whole number"),
    ("aliases: [Cup Bought]", "aliases: Cup", 5, "aliases is not a list of names"),
    ("{unplanned_property: strip}", "strip", 6, "when_violated is not"),
    ("required: [cup_id]", "required: cup_id", 9, "required is not a list of names"),
    ("minLength: 1", "minLength: one", 11, "minLength is not a whole number"),
    ("minimum: 0", "minimum: .nan", 12, "minimum is not a number"),
    ("pattern: ^E", 'pattern: "["', 13, "pattern is not a regular expression"),
    ("enum: [EUR]", "enum: EUR", 13, "enum is not a list of values"),
    ("{sku: {type: string, description: d}}", "[sku]", 17, "properties are no names"),
    ("{type: string, description: d}}", "string}", 17, "sku is no schema"),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, below in inner:
        yield from paths(below, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    found = copy.copy(value)
    found[path[0]] = changed(found[path[0]], path[1:], new)
    return found


@pytest.mark.parametrize("path", list(paths(yaml.safe_load(CUP))), ids=str)
def test_a_value_of_any_shape_in_any_place_is_told_not_raised(
    tmp_path: Path, path: tuple[Any, ...]
) -> None:
    good = yaml.safe_load(CUP)
    for odd in ODD:
        written = yaml.safe_dump(changed(good, path, odd))
        folder = plan_with(tmp_path, written, "cup_bought")
        told = [one for one in lint(folder, None) if one.severity == "error"]
        assert all(one.line > 0 and one.fix for one in told)
        try:
            load_plan(folder)
            documents = documents_now(folder)
        except Misconfigured:
            assert told, (path, odd)
            continue
        differences({"cup_bought": good}, documents)
        if not told:
            assert client_of("python", documents)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip[1])
def test_a_slip_is_told_with_its_line(
    tmp_path: Path, slip: tuple[str, str, int, str]
) -> None:
    old, new, line, said = slip
    assert old in CUP
    folder = plan_with(tmp_path, CUP.replace(old, new, 1), "cup_bought")
    [problem] = [one for one in lint(folder, None) if one.code == "shape"]
    assert (problem.line, said in problem.message) == (line, True), problem
    with pytest.raises(Misconfigured, match=said) as refused:
        load_plan(folder)
    assert "cup_bought.yml: " in refused.value.place
