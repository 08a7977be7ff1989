"""Rules of sources: what they are called, and whether webhooks say what comes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.check.problem import Finding, Rule
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


RULES = (
    Rule("unusable_name", "error", "sources can be named", _unusable_names),
    Rule(
        "incomplete_webhook",
        "error",
        "generic webhooks say which event comes",
        _incomplete_webhooks,
    ),
)
