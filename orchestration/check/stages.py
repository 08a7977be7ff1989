"""Rules of the stage and of the addresses that servers listen on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdp.settings import STAGES
from cdp.workspace_schema import Setting
from cdp.workspace_sections import workspace_setting
from orchestration.check.connections import EVENT_SOURCES
from orchestration.check.problem import Finding, Rule
from orchestration.check.workspace import Workspace

_SERVERS = ("collector", "online", "api")


def _before_its_stage(workspace: Workspace) -> Iterator[Finding]:
    stage = _stage_number(workspace)
    if stage is None:
        return
    if "online" in workspace.settings.document and stage < STAGES.index("real_time"):
        yield Finding(
            ("online",),
            f"online is not used before stage real_time; the stage is {STAGES[stage]}",
            "Set stage: real_time, or remove online",
        )
    if stage >= STAGES.index("growth"):
        return
    for name, source in workspace.named("sources").items():
        if source.get("kind") not in (None, *EVENT_SOURCES):
            yield Finding(
                ("sources", name),
                f"source {name} is not loaded before stage growth",
                "Set stage: growth, or remove it",
            )


def _missing_for_stage(workspace: Workspace) -> Iterator[Finding]:
    document = workspace.settings.document
    if document.get("stage") == "real_time" and "online" not in document:
        yield Finding(
            ("stage",),
            "stage real_time serves an online store, and there is no section online",
            "Add online, or set stage: ml",
        )
    events = [
        one
        for one in workspace.named("sources").values()
        if one.get("kind") in EVENT_SOURCES
    ]
    if not events:
        yield Finding(
            ("sources",),
            "there is no source of events: the collector does not start",
            "Add one with kind: events and a write_key",
        )


def _profiles_without_key(workspace: Workspace) -> Iterator[Finding]:
    scopes = {
        scope
        for key in workspace.named("keys").values()
        for scope in _listed(key.get("scopes"))
    }
    if "online" in workspace.settings.document and "profiles:read" not in scopes:
        yield Finding(
            ("online",),
            "no key may read profiles: the online API does not start",
            "Make one with `cdp keys new NAME --scope profiles:read`",
        )


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _shared_ports(workspace: Workspace) -> Iterator[Finding]:
    holders: dict[str, str] = {}
    declared = {key.name: key for key in workspace_setting().keys}
    for name in _SERVERS:
        section = workspace.settings.document.get(name)
        if not isinstance(section, Mapping):
            continue
        port = str(_value(workspace, section, declared[name], "port"))
        if not port.isdecimal() or int(port) == 0:
            continue  # told by another rule, or any free one
        first = holders.setdefault(port, name)
        if first != name:
            yield Finding(
                (name, "port"),
                f"{name} and {first} both listen on port {port}",
                "Give one of them another port",
                is_of_value=True,
            )


def _value(
    workspace: Workspace, section: Mapping[str, Any], declared: Setting, name: str
) -> Any:
    default = next(key.default for key in declared.keys if key.name == name)
    return workspace.resolved(section.get(name, default))


def _stage_number(workspace: Workspace) -> int | None:
    stage = workspace.settings.document.get("stage", "starter")
    return STAGES.index(stage) if stage in STAGES else None


RULES = (
    Rule(
        "before_its_stage",
        "warning",
        "what is set up is used at this stage",
        _before_its_stage,
    ),
    Rule(
        "missing_for_stage",
        "error",
        "what the stage needs is set up",
        _missing_for_stage,
    ),
    Rule(
        "no_key_for_profiles",
        "error",
        "somebody may read what is served",
        _profiles_without_key,
    ),
    Rule("shared_port", "error", "each server has its port", _shared_ports),
)
