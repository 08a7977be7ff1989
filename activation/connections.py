"""Reading the connections of ``headwater.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.connection import Connection
from activation.consent import read_consent
from activation.destinations.registry import kind_of, open_for_events, purpose_of
from activation.shape import read_shape
from activation.suppression import SuppressionList
from activation.transform import find_transformations
from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from cdp.tracking_plan import TrackingPlan, load_plan


def open_connections(
    settings: Settings, names: list[str] | None = None
) -> list[Connection]:
    """Return the workspace's connections, or the named ones.

    Raises:
        Misconfigured: One of them is not complete, or there is no such connection.
    """
    known = settings.names("connections")
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise Misconfigured(
            f"there is no connection {unknown[0]!r}",
            place=f"{WORKSPACE_FILE}: connections",
            fix=f"Use one of {', '.join(known)}" if known else "Add one",
        )
    plan = load_plan(settings.project_dir / "tracking_plan")
    return [_open(settings, name, plan) for name in names or known]


def connections_to(settings: Settings, destination_name: str) -> list[Connection]:
    """Return the connections that lead to a destination, opened.

    Raises:
        Misconfigured: None does, or one is not complete.
    """
    written = settings.document.get("connections") or {}
    names = [
        name
        for name, section in written.items()
        if isinstance(section, Mapping)
        and section.get("destination") == destination_name
    ]
    if not names:
        raise Misconfigured(
            f"no connection leads to {destination_name!r}",
            place=f"{WORKSPACE_FILE}: connections",
            fix="Name a destination that a connection has",
        )
    return open_connections(settings, names)


def _open(settings: Settings, name: str, plan: TrackingPlan) -> Connection:
    place = f"{WORKSPACE_FILE}: connections.{name}"
    section = settings.section(f"connections.{name}")
    sources = section.get("sources")
    if not isinstance(sources, list) or not isinstance(section.get("destination"), str):
        raise Misconfigured(
            "a connection has sources (a list) and a destination (a name)", place=place
        )
    own = section.get("settings") or {}
    if not isinstance(own, Mapping):
        raise Misconfigured("expected names and values", place=f"{place}.settings")
    destination_name = section["destination"]
    suppression = SuppressionList(settings.data_dir)
    suppression.refresh()
    return Connection(
        name,
        frozenset(sources),
        destination_name,
        open_for_events(settings, destination_name, own),
        kind_of(settings, destination_name),
        purpose_of(settings, destination_name),
        plan,
        suppression,
        find_transformations(
            section.get("transformations") or [], f"{place}.transformations"
        ),
        read_shape(section, place),
        read_consent(
            section.get("consent"), _unknown_consent(settings, section), place
        ),
    )


def _unknown_consent(settings: Settings, section: Mapping[str, Any]) -> Any:
    privacy = settings.document.get("privacy") or {}
    usual = privacy.get("unknown_consent", "deliver")
    return section.get("unknown_consent", usual)
