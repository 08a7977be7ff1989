"""Rules between sections: who sends what to whom, and who may ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from activation.destinations.registry import EVENTS
from activation.exposures import declared_syncs
from orchestration.check.problem import Finding, Rule, fix_for
from orchestration.check.workspace import Workspace, items_of

EVENT_SOURCES = ("events", "webhook")


def _unknown_sources(workspace: Workspace) -> Iterator[Finding]:
    known = workspace.named("sources")
    for name, connection in workspace.named("connections").items():
        for index, source in enumerate(items_of(connection.get("sources"))):
            path = ("connections", name, "sources", index)
            kind = known.get(str(source), {}).get("kind")
            if source not in known:
                message = f"connection {name}: there is no source {source!r}"
                yield Finding(path, message, fix_for(str(source), known))
            elif kind is not None and kind not in EVENT_SOURCES:
                yield Finding(
                    path,
                    f"connection {name}: source {source} is loaded into the warehouse"
                    " and has no live events",
                    "Remove it here; send its rows with a sync",
                )


def _unknown_destinations(workspace: Workspace) -> Iterator[Finding]:
    known = workspace.named("destinations")
    for name, connection in workspace.named("connections").items():
        written = connection.get("destination")
        if isinstance(written, str) and written not in known:
            yield Finding(
                ("connections", name, "destination"),
                f"connection {name}: there is no destination {written!r}",
                fix_for(written, known, "Add it under destinations"),
                is_of_value=True,
            )


def _eventless_destinations(workspace: Workspace) -> Iterator[Finding]:
    for name, connection in workspace.named("connections").items():
        destination = str(connection.get("destination"))
        kind = workspace.destination_kind(destination)
        if kind is not None and kind.name not in EVENTS:
            yield Finding(
                ("connections", name, "destination"),
                f"connection {name}: {destination} ({kind.name}) takes no events",
                "Send rows to it with a sync, or choose another destination",
                is_of_value=True,
            )


def _unused_sources(workspace: Workspace) -> Iterator[Finding]:
    """Only at the first stage: later ones load every event into the warehouse."""
    if workspace.settings.document.get("stage", "starter") != "starter":
        return
    used = {
        source
        for connection in workspace.named("connections").values()
        for source in items_of(connection.get("sources"))
    }
    for name, source in workspace.named("sources").items():
        if source.get("kind") in EVENT_SOURCES and name not in used:
            yield Finding(
                ("sources", name),
                f"source {name} is in no connection: its events go nowhere",
                "Name it in the sources of a connection, or remove it",
            )


def _unused_destinations(workspace: Workspace) -> Iterator[Finding]:
    used = {
        str(connection.get("destination"))
        for connection in workspace.named("connections").values()
    }
    syncs = declared_syncs(workspace.settings)
    is_first_stage = workspace.settings.document.get("stage") == "starter"
    if syncs is None and not is_first_stage:
        return  # syncs may use it, and they are not known before dbt has run
    used |= {one.destination for one in syncs or ()}
    for name in workspace.named("destinations"):
        if name not in used:
            yield Finding(
                ("destinations", name),
                f"destination {name} is in no connection and no sync",
                "Name it in a connection or a sync, or remove it",
            )


def _unknown_consent(workspace: Workspace) -> Iterator[Finding]:
    privacy = workspace.settings.document.get("privacy")
    listed = privacy.get("consent_categories") if isinstance(privacy, Mapping) else None
    if not isinstance(listed, list):
        return  # the workspace does not say which there are
    known = {str(one).lower() for one in listed}
    for name, connection in workspace.named("connections").items():
        for index, category in enumerate(items_of(connection.get("consent"))):
            if str(category).lower() not in known:
                yield Finding(
                    ("connections", name, "consent", index),
                    f"connection {name}: there is no consent category {category!r}",
                    fix_for(str(category), listed),
                )


def _advertising_without_consent(workspace: Workspace) -> Iterator[Finding]:
    privacy = workspace.settings.document.get("privacy")
    if not isinstance(privacy, Mapping) or not privacy.get("consent_categories"):
        return  # the workspace does not ask for consent
    for name, connection in workspace.named("connections").items():
        destination = str(connection.get("destination"))
        kind = workspace.destination_kind(destination)
        is_advertising = kind is not None and kind.purpose == "advertising"
        if is_advertising and not connection.get("consent"):
            yield Finding(
                ("connections", name),
                f"connection {name}: {destination} is an advertising tool and gets"
                " events of people who have not agreed",
                "Add consent: [the category that people agree to]",
            )


def _shared_keys(workspace: Workspace) -> Iterator[Finding]:
    """Two holders of one key cannot be told apart; compared after resolution."""
    for section, key in (("sources", "write_key"), ("keys", "key")):
        holders: dict[Any, str] = {}
        for name, inner in workspace.named(section).items():
            written = inner.get(key)
            if not isinstance(written, str) or not written:
                continue
            value = workspace.resolved(written)
            first = holders.setdefault(written if value is None else value, name)
            if first != name:
                yield Finding(
                    (section, name, key),
                    f"{section}.{name}.{key} is also the one of {first}",
                    f"Give {name} a {key} of its own",
                    is_of_value=True,
                )


RULES = (
    Rule(
        "unknown_source",
        "error",
        "connections name sources of events",
        _unknown_sources,
    ),
    Rule(
        "unknown_destination",
        "error",
        "connections name a destination",
        _unknown_destinations,
    ),
    Rule(
        "eventless_destination",
        "error",
        "connections lead to tools that take events",
        _eventless_destinations,
    ),
    Rule("unused_source", "warning", "every source is used", _unused_sources),
    Rule(
        "unused_destination",
        "warning",
        "every destination is used",
        _unused_destinations,
    ),
    Rule(
        "unknown_consent",
        "error",
        "consent categories are listed in privacy",
        _unknown_consent,
    ),
    Rule(
        "advertising_without_consent",
        "warning",
        "where consent is asked for, advertising needs it",
        _advertising_without_consent,
    ),
    Rule("shared_key", "error", "each key has one holder", _shared_keys),
)
