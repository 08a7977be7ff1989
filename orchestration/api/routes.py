"""The addresses of the workspace API: one table for the server and for OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cdp.errors import Rejected
from cdp.settings import Settings
from orchestration.api import summaries, views
from orchestration.api.bodies import (
    CheckBody,
    ConnectionBody,
    DeliveriesBody,
    DestinationBody,
    PlannedEventBody,
    PlannedEventDetail,
    QuarantineBody,
    SourceBody,
    WorkspaceBody,
)

MOST_HOURS = 31 * 24
USUAL_HOURS = 24
Answer = Callable[[Settings, Mapping[str, str]], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an address.

    Attributes:
        name: Its name.
        place: ``path`` or ``query``.
        description: What it says.
        schema: Its JSON Schema.
    """

    name: str
    place: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the API.

    Attributes:
        path: As Starlette and OpenAPI write it.
        scope: What the caller's key must have.
        summary: What is answered.
        body: The type of the answer.
        answer: Makes it, given the workspace and the parameters.
        parameters: What may be asked.
    """

    path: str
    scope: str
    summary: str
    body: Any
    answer: Answer
    parameters: tuple[Parameter, ...] = ()


_HOURS = Parameter(
    "hours",
    "query",
    "How far to look back.",
    {"type": "integer", "minimum": 1, "maximum": MOST_HOURS, "default": USUAL_HOURS},
)
_NAME = Parameter("name", "path", "Name of the event.", {"type": "string"})


def _since(parameters: Mapping[str, str]) -> datetime:
    written = parameters.get("hours", str(USUAL_HOURS))
    is_short = written.isdecimal() and len(written) <= len(str(MOST_HOURS))
    if not is_short or not 1 <= int(written) <= MOST_HOURS:
        raise Rejected(
            "hours is not understood", fix=f"Send a whole number from 1 to {MOST_HOURS}"
        )
    return datetime.now(UTC) - timedelta(hours=int(written))


ADDRESSES = (
    Address(
        "/v1/workspace",
        "workspace:read",
        "The workspace in a few words",
        WorkspaceBody,
        lambda settings, _: views.workspace(settings),
    ),
    Address(
        "/v1/sources",
        "workspace:read",
        "What comes in",
        list[SourceBody],
        lambda settings, _: views.sources(settings),
    ),
    Address(
        "/v1/destinations",
        "workspace:read",
        "What goes out",
        list[DestinationBody],
        lambda settings, _: views.destinations(settings),
    ),
    Address(
        "/v1/connections",
        "workspace:read",
        "Which events go to which destination",
        list[ConnectionBody],
        lambda settings, _: views.connections(settings),
    ),
    Address(
        "/v1/check",
        "workspace:read",
        "Every problem of the workspace, as cdp check finds them",
        CheckBody,
        lambda settings, _: views.problems(settings),
    ),
    Address(
        "/v1/plan/events",
        "plan:read",
        "Every event of the tracking plan",
        list[PlannedEventBody],
        lambda settings, _: views.planned_events(settings),
    ),
    Address(
        "/v1/plan/events/{name}",
        "plan:read",
        "One event of the tracking plan, with its properties",
        PlannedEventDetail,
        lambda settings, asked: views.planned_event(settings, asked["name"]),
        (_NAME,),
    ),
    Address(
        "/v1/plan/traits",
        "plan:read",
        "What the plan says of people, with its traits as properties",
        PlannedEventDetail,
        lambda settings, _: views.planned_traits(settings),
    ),
    Address(
        "/v1/deliveries/summary",
        "deliveries:read",
        "Outcomes of live delivery by connection and status",
        DeliveriesBody,
        lambda settings, asked: summaries.deliveries(
            settings.event_log_dir, _since(asked)
        ),
        (_HOURS,),
    ),
    Address(
        "/v1/quarantine/summary",
        "quarantine:read",
        "Quarantined events by reason, event and source",
        QuarantineBody,
        lambda settings, asked: summaries.quarantine(
            settings.event_log_dir, _since(asked)
        ),
        (_HOURS,),
    ),
)
SCOPES = frozenset(address.scope for address in ADDRESSES)
