"""The pages on the workspace and its API say what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cdp.api_keys import SCOPES
from cdp.settings import REFERENCE
from orchestration.api.routes import ADDRESSES
from orchestration.check.rules import RULES, check

DOCS = Path(__file__).parents[3] / "docs"
WORKSPACE = (DOCS / "workspace.md").read_text(encoding="utf-8")
API = (DOCS / "api.md").read_text(encoding="utf-8")


def test_the_workspace_that_is_shown_is_clean(project: Any) -> None:
    (text,) = re.findall(r"```yaml\n(# yaml-language.*?)```", WORKSPACE, re.DOTALL)
    project.write(text)
    variables = {name: f"value-{name}" for name, _ in REFERENCE.findall(text)}
    assert check(project.environment | variables) == []


def test_every_rule_is_listed_with_what_it_means() -> None:
    for rule in RULES:
        means = rule.severity
        if rule.is_error_in_production:
            means += ", in production error"
        assert f"| `{rule.code}` | {rule.description} | {means} |" in WORKSPACE
    assert len(
        re.findall(r"^\| `[a-z_]+` \| .* (error|warning) \|$", WORKSPACE, re.MULTILINE)
    ) == (len(RULES))


def test_every_address_and_every_scope_is_listed() -> None:
    for address in ADDRESSES:
        row = (
            rf"\| `GET {re.escape(address.path)}(\?hours=24)?` \| `{address.scope}` \|"
        )
        assert re.search(row, API), address.path
    for scope, opens in SCOPES.items():
        assert f"| `{scope}` | {opens} |" in API
