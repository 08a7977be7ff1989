"""The examples of the pages on destinations are what the product takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from activation.destinations.registry import EVENTS, open_for_events
from cdp.settings import Settings
from cdp.workspace_json_schema import json_schema
from cdp.workspace_kinds import DESTINATIONS
from cdp.workspace_sections import workspace_setting

PROJECT = Path(__file__).parents[3]
KINDS = (
    *("amplitude", "braze", "customerio", "hubspot", "intercom", "klaviyo"),
    *("mixpanel", "object_storage", "postgres", "redis", "salesforce", "slack"),
    *("webhook", "zendesk"),
)


def example_of(kind: str) -> dict[str, Any]:
    page = (PROJECT / f"docs/destinations/{kind}.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(destinations:.*?)```", page, re.DOTALL)
    assert found
    example: dict[str, Any] = yaml.safe_load(found.group(1))
    return example


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_as_declared(kind: str) -> None:
    document = yaml.safe_load((PROJECT / "headwater.yml").read_text())

    jsonschema.validate(
        {**document, "connections": {}, **example_of(kind)},
        json_schema(workspace_setting()),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_can_be_opened(kind: str, tmp_path: Path) -> None:
    example = example_of(kind)
    (name,) = example["destinations"]
    values = {"PRODUCT_REDIS_URL": "redis://127.0.0.1:1/0"}
    for secret in re.findall(r"\$\{(\w+)\}", yaml.safe_dump(example)):
        values.setdefault(secret, "https://hooks.example.com/secret")
    settings = Settings(PROJECT, tmp_path, example, values)

    open_for_events(settings, name).close()

    assert kind in EVENTS
    assert kind in DESTINATIONS
