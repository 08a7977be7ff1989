"""The sources of ``headwater.yml``: what they are called and where they land."""

from __future__ import annotations

import re

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from cdp.workspace_kinds import SOURCES

EVENTS = "events"
SEVERAL = ("postgres", "files", "rest_api")
"""Kinds of which a company has several: each lands in the schema of its own name."""
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]*")


def configured_sources(settings: Settings) -> list[str]:
    """Return what ``all`` stands for: ``events`` and every SaaS tool configured."""
    sources = settings.document.get("sources") or {}
    tools = [name for name in sources if kind_of(settings, name) != EVENTS]
    return [EVENTS, *tools]


def landing_name(settings: Settings, name: str) -> str:
    """Return what a source's schema is called after ``raw_``: its kind or its name.

    Raises:
        Misconfigured: The name cannot be that of a schema, or is that of a tool.
    """
    kind = kind_of(settings, name)
    if kind not in SEVERAL:
        return kind
    if not _SCHEMA_NAME.fullmatch(name) or name in SOURCES:
        raise Misconfigured(
            f"{name!r} cannot name a schema",
            place=f"{WORKSPACE_FILE}: sources",
            fix="Use lower-case letters, digits and _, and no kind of source",
        )
    return name


def kind_of(settings: Settings, name: str) -> str:
    """Return the kind of a source."""
    source = (settings.document.get("sources") or {}).get(name) or {}
    return str(source.get("kind", name))
