"""Rules of sources: what they are called, and whether they say what comes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdp.errors import Misconfigured
from ingestion.configured import landing_name, require_only_account
from ingestion.sources.declared_shape import shape_problems
from ingestion.sources.rest_api_kind import REST_API
from orchestration.check.problem import Finding, Rule
from orchestration.check.shape import dotted
from orchestration.check.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9_-]+")


def _unusable_names(workspace: Workspace) -> Iterator[Finding]:
    for name in workspace.named("sources"):
        if not _NAME.fullmatch(name):
            usable = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_") or "web"
            yield Finding(
                ("sources", name),
                f"source {name!r}: the name is a part of addresses and tables",
                f"Write {usable}",
            )


def _incomplete_webhooks(workspace: Workspace) -> Iterator[Finding]:
    for name, source in workspace.named("sources").items():
        is_generic = (source.get("kind"), source.get("vendor")) == (
            "webhook",
            "generic",
        )
        if is_generic and not source.get("event"):
            yield Finding(
                ("sources", name),
                f"sources.{name}.event is missing: which event comes",
                "Add event: its name, or the path of the type with event_names",
            )


def _unusable_schemas(workspace: Workspace) -> Iterator[Finding]:
    for name in filter(_NAME.fullmatch, workspace.named("sources")):
        try:
            landing_name(workspace.settings, name)
        except Misconfigured as error:
            yield Finding(("sources", name), error.message, error.fix)


def _second_accounts(workspace: Workspace) -> Iterator[Finding]:
    for name in workspace.named("sources"):
        try:
            require_only_account(workspace.settings, name)
        except Misconfigured as error:
            said = f"sources.{name}: {error.message}"
            yield Finding(("sources", name), said, error.fix)


def _unreadable_lists(workspace: Workspace) -> Iterator[Finding]:
    for name, source in workspace.named("sources").items():
        if source.get("kind") != REST_API.name:
            continue
        section = _resolved(workspace, source)
        if any(shape_problems(section, REST_API)):
            continue  # other rules say so
        from ingestion.sources.rest_declaration import problems  # noqa: PLC0415 - dlt takes half a second to import

        for one in problems(section):
            path = ("sources", name, *one.path)
            yield Finding(path, f"{dotted(path)}: {one.message}", one.fix)


def _resolved(workspace: Workspace, value: Any) -> Any:
    """Return a value with its references resolved, as far as they are set."""
    if isinstance(value, Mapping):
        return {str(key): _resolved(workspace, value[key]) for key in value}
    if isinstance(value, list):
        return [_resolved(workspace, one) for one in value]
    found = workspace.resolved(value)
    return value if found is None else found


RULES = (
    Rule("unusable_name", "error", "sources can be named", _unusable_names),
    Rule(
        "unusable_schema",
        "error",
        "databases, folders and APIs can name a schema",
        _unusable_schemas,
    ),
    Rule(
        "second_account",
        "error",
        "a tool is read from one account",
        _second_accounts,
    ),
    Rule(
        "unreadable_list",
        "error",
        "declared APIs can be read as they say",
        _unreadable_lists,
    ),
    Rule(
        "incomplete_webhook",
        "error",
        "generic webhooks say which event comes",
        _incomplete_webhooks,
    ),
)
