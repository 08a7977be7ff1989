"""The workspace as the API shows it: what stands in the file, never what is secret.

No reference is resolved here, so that no value of the environment can leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from activation.cursor import cursor_file, read_cursor
from activation.destinations.registry import EVENTS, RECORDS
from cdp.errors import Rejected
from cdp.settings import REFERENCE, Settings
from cdp.tracking_plan import PlannedEvent, load_plan
from cdp.workspace_kinds import destination_kinds, source_kinds
from cdp.workspace_schema import Kind
from cdp.yaml_text import read_yaml
from orchestration.api.bodies import (
    CheckBody,
    ConnectionBody,
    DestinationBody,
    PlannedEventBody,
    PlannedEventDetail,
    SettingBody,
    SourceBody,
    WorkspaceBody,
)
from orchestration.check.connections import EVENT_SOURCES
from orchestration.check.report import counts
from orchestration.check.rules import check
from orchestration.check.secrecy import looks_secret
from orchestration.check.workspace import items_of

_HIDDEN = "(hidden: it stands in the file in plain text)"


class NoSuchName(Rejected):
    """Nothing has this name."""


def workspace(settings: Settings) -> WorkspaceBody:
    """Return the workspace in a few words."""
    checked = problems(settings)
    return WorkspaceBody(
        settings.stage,
        settings.names("sources"),
        settings.names("destinations"),
        settings.names("connections"),
        len(load_plan(settings.project_dir / "tracking_plan").events),
        checked.errors,
        checked.warnings,
    )


def problems(settings: Settings) -> CheckBody:
    """Return what `cdp check` finds."""
    environment = {
        **settings.environment,
        "CDP_PROJECT_DIR": str(settings.project_dir),
    }
    found = check(environment)
    return CheckBody(*counts(found), found)


def sources(settings: Settings) -> list[SourceBody]:
    """Return every source."""
    return [
        SourceBody(
            name,
            kind,
            source_kinds()[kind].description if kind in source_kinds() else "",
            kind in EVENT_SOURCES,
            _settings(section, source_kinds().get(kind), settings.environment),
        )
        for name, kind, section in _sections(settings, "sources")
    ]


def destinations(settings: Settings) -> list[DestinationBody]:
    """Return every destination."""
    found = []
    for name, kind, section in _sections(settings, "destinations"):
        declared = destination_kinds().get(kind)
        found.append(
            DestinationBody(
                name,
                kind,
                declared.description if declared else "",
                declared.purpose if declared else None,
                kind in EVENTS,
                kind in RECORDS,
                _settings(section, declared, settings.environment),
            )
        )
    return found


def connections(settings: Settings) -> list[ConnectionBody]:
    """Return every live connection.

    Raises:
        Misconfigured: A connection's cursor is damaged.
    """
    kinds = {name: kind for name, kind, _ in _sections(settings, "destinations")}
    found = []
    for name, _, section in _sections(settings, "connections"):
        destination = str(section.get("destination", ""))
        declared = destination_kinds().get(kinds.get(destination, ""))
        own = section.get("settings")
        pause = read_cursor(cursor_file(settings, name)).pause
        found.append(
            ConnectionBody(
                name,
                items_of(section.get("sources")),
                destination,
                items_of(section.get("transformations")),
                items_of(section.get("consent")),
                _shown(section.get("events")),
                _shown(section.get("properties")),
                _shown(section.get("constants")),
                _shown(section.get("fields")),
                _settings(
                    own if isinstance(own, Mapping) else {},
                    declared,
                    settings.environment,
                ),
                pause.since if pause else None,
            )
        )
    return found


def planned_events(settings: Settings) -> list[PlannedEventBody]:
    """Return every event of the tracking plan."""
    plan = load_plan(settings.project_dir / "tracking_plan")
    return [PlannedEventBody(**_planned(event)) for event in plan.events.values()]


def planned_event(settings: Settings, name: str) -> PlannedEventDetail:
    """Return one event of the tracking plan.

    Raises:
        NoSuchName: It is not planned.
    """
    folder = settings.project_dir / "tracking_plan"
    event = load_plan(folder).events.get(name)
    if event is None:
        raise NoSuchName(
            f"{name[:80]!r} is not in the tracking plan",
            fix="See /v1/plan/events for those that are",
        )
    return _detail(event, folder / "events" / f"{event.name}.yml")


def planned_traits(settings: Settings) -> PlannedEventDetail:
    """Return what the plan says of people."""
    folder = settings.project_dir / "tracking_plan"
    return _detail(load_plan(folder).traits, folder / "traits.yml")


def _detail(event: PlannedEvent, file: Path) -> PlannedEventDetail:
    written = read_yaml(file.read_text(encoding="utf-8"))
    return PlannedEventDetail(**_planned(event), properties=written["properties"])


def _planned(event: PlannedEvent) -> dict[str, Any]:
    return {
        "name": event.name,
        "description": event.description,
        "owner": event.owner,
        "version": event.version,
        "aliases": list(event.aliases),
        "when_violated": dict(event.when_violated),
    }


def _sections(
    settings: Settings, section: str
) -> list[tuple[str, str, Mapping[str, Any]]]:
    found = settings.document.get(section)
    return [
        (str(name), str(inner.get("kind", "")), inner)
        for name, inner in (found.items() if isinstance(found, Mapping) else ())
        if isinstance(inner, Mapping)
    ]


def _settings(
    section: Mapping[str, Any], kind: Kind | None, environment: Mapping[str, str]
) -> list[SettingBody]:
    declared = {one.name: one for one in kind.all_settings()} if kind else {}
    return [
        _setting(
            str(name),
            value,
            environment,
            # what nobody has declared may be a secret too
            is_secret=name not in declared or declared[name].is_secret,
        )
        for name, value in section.items()
        if name != "kind"
    ]


def _setting(
    name: str, value: Any, environment: Mapping[str, str], *, is_secret: bool
) -> SettingBody:
    references = [
        found for text in items_of(value) for found in REFERENCE.findall(text)
    ]
    missing = [
        one for one, default in references if not (default or environment.get(one))
    ]
    written = _secret(value) if is_secret else _shown(value)
    return SettingBody(
        name, is_secret, written, [one for one, _ in references], missing
    )


def _secret(value: Any) -> Any:
    """Return a secret as it may be shown: its whole reference, or nothing of it."""
    if isinstance(value, list):
        return [_secret(one) for one in value]
    whole = REFERENCE.fullmatch(str(value))
    return value if whole is not None and whole[2] is None else _HIDDEN


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _shown(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shown(inner) for inner in value]
    return _HIDDEN if isinstance(value, str) and looks_secret(value) else value
