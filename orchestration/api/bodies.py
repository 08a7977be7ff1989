"""What the workspace API answers; the OpenAPI document is generated from these."""

from __future__ import annotations

from typing import Any

import msgspec

from orchestration.check.problem import Problem


class Failure(msgspec.Struct, frozen=True):
    """Why a request was not answered, and what to do."""

    code: str
    message: str
    fix: str


class WorkspaceBody(msgspec.Struct, frozen=True):
    """The workspace in a few words."""

    stage: str
    sources: list[str]
    destinations: list[str]
    connections: list[str]
    planned_events: int
    errors: int
    warnings: int


class SettingBody(msgspec.Struct, frozen=True):
    """One setting as it stands in the file; a secret is only ever its reference."""

    name: str
    is_secret: bool
    written: Any
    variables: list[str]
    missing_variables: list[str]


class SourceBody(msgspec.Struct, frozen=True):
    """Something that events or rows come from."""

    name: str
    kind: str
    description: str
    has_live_events: bool
    settings: list[SettingBody]


class DestinationBody(msgspec.Struct, frozen=True):
    """A tool that events or rows go to."""

    name: str
    kind: str
    description: str
    purpose: str | None
    takes_events: bool
    takes_rows: bool
    settings: list[SettingBody]


class ConnectionBody(msgspec.Struct, frozen=True):
    """Which events go to which destination, and what happens on the way.

    ``paused_since`` is null where the tool does not refuse us.
    """

    name: str
    sources: list[str]
    destination: str
    transformations: list[str]
    consent: list[str]
    events: Any
    properties: Any
    constants: Any
    fields: Any
    settings: list[SettingBody]
    paused_since: str | None


class PlannedEventBody(msgspec.Struct, frozen=True):
    """An event of the tracking plan."""

    name: str
    description: str
    owner: str
    version: int
    aliases: list[str]
    when_violated: dict[str, str]


class PlannedEventDetail(PlannedEventBody, frozen=True):
    """An event of the tracking plan with its properties as JSON Schema."""

    properties: dict[str, Any]


class CheckBody(msgspec.Struct, frozen=True):
    """What `cdp check` says."""

    errors: int
    warnings: int
    problems: list[Problem]


class DeliveryCount(msgspec.Struct, frozen=True):
    """Outcomes of one connection; an event that was tried again has several."""

    connection: str
    destination: str
    status: str
    count: int
    last_attempted_at: str


class DeliveriesBody(msgspec.Struct, frozen=True):
    """Outcomes of live delivery since a moment."""

    since: str
    counts: list[DeliveryCount]


class QuarantineCount(msgspec.Struct, frozen=True):
    """Events that were kept back for one reason."""

    reason: str
    event: str
    source: str
    count: int
    last_received_at: str


class QuarantineBody(msgspec.Struct, frozen=True):
    """Events that were kept back since a moment."""

    since: str
    counts: list[QuarantineCount]
