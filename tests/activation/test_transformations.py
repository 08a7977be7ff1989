from __future__ import annotations

import copy
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from activation.transform import find_transformations, transformed

FOLDER = Path(__file__).parents[2] / "activation" / "transformations"
EXAMPLES = sorted(FOLDER.glob("examples/*/*.in.json"))
MODULES = sorted(file.stem for file in FOLDER.glob("[!_]*.py"))


@pytest.mark.parametrize(
    "file", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.name[:-8]}"
)
def test_an_example_comes_out_as_written(file: Path) -> None:
    module = import_module(f"activation.transformations.{file.parent.name}")
    event = json.loads(file.read_text())
    before = copy.deepcopy(event)

    result = module.transform(event)

    assert result == json.loads(
        file.with_name(file.name.replace(".in.", ".out.")).read_text()
    )
    assert event == before, "the event itself must stay as it was"


@pytest.mark.parametrize("name", MODULES)
def test_every_transformation_has_an_example(name: str) -> None:
    assert list(FOLDER.glob(f"examples/{name}/*.in.json"))


def test_parts_of_a_split_event_have_ids_of_their_own() -> None:
    event = json.loads(
        (FOLDER / "examples/one_event_per_product/an_order.in.json").read_text()
    )
    found = find_transformations(["one_event_per_product"], "here")

    parts = transformed(event, found)

    assert [part["messageId"] for part in parts] == ["m-1", "m-1:1", "m-1:2"]
    assert parts == transformed(event, found)


def test_transformations_run_one_after_the_other() -> None:
    def twice(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [event, {**event, "messageId": "other"}]

    def second_only(event: dict[str, Any]) -> dict[str, Any] | None:
        return event if event["messageId"] == "other" else None

    chain = (("twice", twice), ("second_only", second_only))

    assert transformed({"messageId": "m"}, chain) == [{"messageId": "other"}]
