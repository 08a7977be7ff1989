"""Rules of the tracking plan, and of connections that name its events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cdp.errors import Misconfigured
from cdp.tracking_plan import load_plan
from cdp.workspace_file import KeyPath, Place, read_located
from orchestration.check.problem import Elsewhere, Finding, Rule, fix_for
from orchestration.check.workspace import Workspace, items_of

_TYPES = ("identify", "page", "screen", "group", "alias")
# a file, and one of its keys or of its properties
_PLACE = re.compile(r"(?P<file>.+?\.yml)(?P<inner>.*)")


def _broken_plan(workspace: Workspace) -> Iterator[Finding]:
    folder = workspace.settings.project_dir / "tracking_plan"
    try:
        load_plan(folder)
    except Misconfigured as error:
        yield Finding(
            (),
            f"the tracking plan: {error.message.splitlines()[0]}",
            error.fix or "Put the file right",
            elsewhere=_place_of(error, folder),
        )


def _place_of(error: Misconfigured, folder: Path) -> Elsewhere:
    """Find the line that an error of the plan is about, as far as its place says."""
    found = _PLACE.match(error.place)
    if found is None or not Path(found["file"]).is_file():
        return Elsewhere(folder)
    file = Path(found["file"])
    if isinstance(error.__cause__, yaml.MarkedYAMLError):
        mark = error.__cause__.problem_mark
        return (
            Elsewhere(file, Place(mark.line + 1, mark.column + 1))
            if mark
            else Elsewhere(file)
        )
    path: list[str] = []
    for part in re.findall(r"[^.:\s\[\]]+|\[\]", found["inner"]):
        if not path:
            path = ["properties" if part in {"properties", "traits"} else part]
        else:
            path += ["items"] if part == "[]" else ["properties", part]
    return Elsewhere(file, read_located(file).place(tuple(path)))


def _unknown_events(workspace: Workspace) -> Iterator[Finding]:
    try:
        plan = load_plan(workspace.settings.project_dir / "tracking_plan")
    except Misconfigured:
        return  # told by its own rule
    known = {*plan.events, *_TYPES}
    for name, connection in workspace.named("connections").items():
        for path, event in _named_events(connection):
            if event not in known:
                yield Finding(
                    ("connections", name, *path),
                    f"connection {name}: event {event!r} is not in the tracking plan",
                    fix_for(event, sorted(known)),
                )
    for name, source in workspace.named("sources").items():
        named = source.get("event_names")
        for theirs, event in (named if isinstance(named, Mapping) else {}).items():
            if isinstance(event, str) and event not in {*plan.events, *plan.renamed}:
                yield Finding(
                    ("sources", name, "event_names", str(theirs)),
                    f"source {name}: event {event!r} is not in the tracking plan",
                    fix_for(event, sorted(plan.events)),
                    is_of_value=True,
                )


def _named_events(connection: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    events = connection.get("events")
    if isinstance(events, list):
        yield from _numbered(("events",), events)
    elif isinstance(events, Mapping):
        for key in ("allow", "deny"):
            yield from _numbered(("events", key), items_of(events.get(key)))
        renamed = events.get("rename")
        for name in renamed if isinstance(renamed, Mapping) else ():
            yield ("events", "rename", str(name)), str(name)
    fields = connection.get("fields")
    for field, rule in (fields if isinstance(fields, Mapping) else {}).items():
        if isinstance(rule, Mapping):
            place = ("fields", str(field), "events")
            yield from _numbered(place, items_of(rule.get("events")))


def _numbered(path: KeyPath, names: Iterable[Any]) -> Iterator[tuple[KeyPath, str]]:
    for index, name in enumerate(names):
        yield (*path, index), str(name)


RULES = (
    Rule("broken_plan", "error", "the tracking plan can be read", _broken_plan),
    Rule(
        "unknown_event",
        "error",
        "connections and webhooks name events of the plan",
        _unknown_events,
    ),
)
