"""The examples of the pages on sources are what the product takes."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cdp.workspace_json_schema import json_schema
from cdp.workspace_sections import workspace_setting

PROJECT = Path(__file__).parents[3]
EXAMPLES = {
    # dbt's own files begin with a list of sources
    page.name: re.findall(
        r"```yaml\n(sources:\n  \w.*?)```", page.read_text(), re.DOTALL
    )
    for page in sorted((PROJECT / "docs" / "sources").glob("*.md"))
}


@pytest.mark.parametrize("page", EXAMPLES)
def test_an_example_is_as_declared(page: str) -> None:
    assert EXAMPLES[page]
    document: dict[str, Any] = yaml.safe_load((PROJECT / "headwater.yml").read_text())
    for example in EXAMPLES[page]:
        asked = {**document, "connections": {}, **yaml.safe_load(example)}
        jsonschema.validate(asked, json_schema(workspace_setting()))
