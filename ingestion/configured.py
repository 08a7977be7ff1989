"""The sources of ``headwater.yml``: what they are called and where they land."""

from __future__ import annotations

import re

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from cdp.workspace_kinds import SOURCES

EVENTS = "events"
_SENT_TO_US = (EVENTS, "webhook")
"""Kinds that post to the collector: what they sent is loaded as ``events``."""
SEVERAL = ("postgres", "files", "rest_api")
"""Kinds of which a company has several: each lands in the schema of its own name."""
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]*")


def configured_sources(settings: Settings) -> list[str]:
    """Return what ``all`` stands for: ``events`` and every SaaS tool configured."""
    sources = settings.document.get("sources") or {}
    tools = [name for name in sources if kind_of(settings, name) not in _SENT_TO_US]
    return [EVENTS, *tools]


def require_only_account(settings: Settings, name: str) -> None:
    """See that a tool is read from one account: its tables are called after the tool.

    Raises:
        Misconfigured: Another source is this tool's account already.
    """
    kind, sources = kind_of(settings, name), settings.document.get("sources") or {}
    if kind in (*SEVERAL, *_SENT_TO_US):
        return
    first = next((one for one in sources if kind_of(settings, one) == kind), name)
    if first != name:
        raise Misconfigured(
            f"{kind} is read from one account, which is that of {first}",
            place=f"{WORKSPACE_FILE}: sources.{name}",
            fix="Keep one of the two",
        )


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
