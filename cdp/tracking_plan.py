"""The tracking plan: what may be sent, and what happens to what breaks it.

One YAML file per event in ``tracking_plan/events/`` and one for the traits of identify.
Properties are JSON Schema (draft 2020-12); the keywords that are understood are listed
in ``cdp.plan_schema``, and a file that uses another one is refused when it is read, so
that no rule is ever silently ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cdp.errors import Misconfigured
from cdp.plan_annotations import annotated
from cdp.plan_schema import Check, KeyPath, Violation, compile_object
from cdp.plan_shape import faults_of
from cdp.yaml_text import read_yaml

ACTIONS = ("allow", "strip", "quarantine")
VIOLATIONS = ("unplanned_property", "wrong_type", "missing_property")
UNPLANNED_EVENT = "unplanned_event"
_CALLS = frozenset({"page", "screen", "group"})  # planned as calls, not as events


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One event of the plan.

    Attributes:
        name: As it is sent.
        description: What happened when it is sent.
        owner: Who answers for it.
        version: Grows with each change of the file.
        when_violated: By kind of violation: allow, strip or quarantine.
        check: Returns how a set of properties breaks the plan.
        purposes: What destinations may be for that get a property, by its path from
            the properties (``[]`` is every element of a list); all where it is absent.
        personal: Paths of what names a person.
        aliases: Other names under which it is sent, such as ``Order Completed``.
    """

    name: str
    description: str
    owner: str
    version: int
    when_violated: Mapping[str, str]
    check: Check
    purposes: Mapping[KeyPath, frozenset[str]] = field(default_factory=dict)
    personal: frozenset[KeyPath] = frozenset()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the plan says about one event.

    Attributes:
        is_quarantined: The event must not go on.
        violations: How it breaks the plan, the worst first, allowed breaches included.
        stripped: Paths that must be taken out, such as ``("properties", "colour")``.
    """

    is_quarantined: bool
    violations: tuple[Violation, ...]
    stripped: tuple[KeyPath, ...]


_FITS = Verdict(is_quarantined=False, violations=(), stripped=())


@dataclass(frozen=True, slots=True)
class TrackingPlan:
    """Every event that may be sent.

    Attributes:
        events: By name; ``page`` and ``screen`` are among them.
        traits: What identify and group may say.
        renamed: The plan's name of an event by each of its aliases.
    """

    events: Mapping[str, PlannedEvent]
    traits: PlannedEvent
    renamed: Mapping[str, str] = field(default_factory=dict)

    def judge(
        self, event_type: str, event: str | None, content: Mapping[str, Any]
    ) -> Verdict:
        """Say what happens to an event.

        Args:
            event_type: track, identify, page, screen, group or alias.
            event: The name, for track.
            content: Its properties, or its traits for identify.
        """
        planned = self._planned(event_type, event)
        if planned is None:
            if event_type in {"alias", "group"}:
                return _FITS
            message = f"{event!r} is not in the tracking plan"
            violation = Violation(UNPLANNED_EVENT, ("event",), message)
            return Verdict(is_quarantined=True, violations=(violation,), stripped=())
        found = planned.check(content)
        return _verdict(planned, found) if found else _FITS

    def _planned(self, event_type: str, event: str | None) -> PlannedEvent | None:
        if event_type == "track":  # track("page") is no page
            return None if event in _CALLS else self.events.get(event or "")
        if event_type == "identify":
            return self.traits
        return self.events.get(event_type)


def _verdict(planned: PlannedEvent, found: Sequence[Violation]) -> Verdict:
    by_action: dict[str, list[Violation]] = {action: [] for action in ACTIONS}
    for violation in found:
        by_action[planned.when_violated[violation.code]].append(violation)
    worst_first = [*by_action["quarantine"], *by_action["strip"], *by_action["allow"]]
    return Verdict(
        is_quarantined=bool(by_action["quarantine"]),
        violations=tuple(worst_first),
        stripped=tuple(violation.path for violation in by_action["strip"]),
    )


def load_plan(folder: Path) -> TrackingPlan:
    """Read and compile the plan.

    Args:
        folder: ``tracking_plan/`` of a project.

    Raises:
        Misconfigured: A file is missing, malformed, or uses a rule that is not known.
    """
    events = {}
    for file in sorted((folder / "events").glob("*.yml")):
        planned = _read(file, "traits" if file.stem == "group" else "properties")
        if planned.name != file.stem:
            raise Misconfigured(
                f"the file is of {planned.name!r}",
                place=str(file),
                fix=f"Call the event {file.stem}, or rename the file",
            )
        events[planned.name] = planned
    if not events:
        raise Misconfigured("no event is planned", place=str(folder / "events"))
    traits = _read(folder / "traits.yml", "traits")
    return TrackingPlan(events, traits, _renamed(events, folder / "events"))


def _renamed(events: Mapping[str, PlannedEvent], folder: Path) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for name, planned in events.items():
        for alias in planned.aliases:
            other = alias if alias in events else renamed.get(alias)
            if other:
                raise Misconfigured(
                    f"the alias {alias!r} is a name of {other} already",
                    place=str(folder / f"{name}.yml"),
                    fix="Give each alias to one event",
                )
            renamed[alias] = name
    return renamed


def _read(file: Path, root: str) -> PlannedEvent:
    try:
        content = read_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured(f"cannot be read: {error}", place=str(file)) from error
    keys = {"name", "description", "owner", "version", "when_violated", "properties"}
    missing = sorted(keys - set(content)) if isinstance(content, dict) else sorted(keys)
    if missing:
        raise Misconfigured(
            f"{', '.join(missing)} is missing",
            place=str(file),
            fix=f"Every event needs {', '.join(sorted(keys))}",
        )
    for fault in faults_of(content):
        raise Misconfigured(
            fault.message, place=f"{file}: {fault.place}", fix=fault.fix
        )
    check = compile_object(content["properties"], root, str(file))
    purposes, personal = annotated(content["properties"], str(file))
    return PlannedEvent(
        name=str(content["name"]),
        description=str(content["description"]),
        owner=str(content["owner"]),
        version=int(content["version"]),
        when_violated=_actions(content["when_violated"], file),
        check=check,
        purposes=purposes,
        personal=personal,
        aliases=_aliases(content, file),
    )


def _aliases(content: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    written = content.get("aliases") or []
    if not isinstance(written, list) or not all(
        isinstance(alias, str) and alias for alias in written
    ):
        raise Misconfigured(
            "aliases are not understood",
            place=f"{file}: aliases",
            fix="List names, such as [Order Completed]",
        )
    return tuple(written)


def _actions(written: Any, file: Path) -> dict[str, str]:
    actions = dict.fromkeys(VIOLATIONS, "quarantine")
    for code, action in (written or {}).items():
        is_vain = (code, action) == ("missing_property", "strip")
        if code not in VIOLATIONS or action not in ACTIONS or is_vain:
            raise Misconfigured(
                f"{code}: {action} is not understood",
                place=f"{file}: when_violated",
                fix=f"Use {', '.join(VIOLATIONS)} with {', '.join(ACTIONS)};"
                " what is missing cannot be stripped",
            )
        actions[code] = action
    return actions
