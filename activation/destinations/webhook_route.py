"""Where one event goes: the template's address, or what the event itself says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from activation.destinations.mapping import text
from activation.destinations.templates import Template
from cdp.errors import Rejected

# https://www.rfc-editor.org/rfc/rfc9110#name-fields
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")
_ROUTING = ("fullPath", "appendPath", "header")


@dataclass(frozen=True, slots=True)
class Route:
    """Where one event goes.

    Attributes:
        url: Absolute address.
        headers: Those of this event alone.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def lane(self) -> str:
        """Return it as a lane: only events of one address share a request."""
        if not self.headers:
            return self.url
        return json.dumps([self.url, self.headers], sort_keys=True)


def route_of(lane: str) -> Route:
    """Return what a lane stands for."""
    if not lane.startswith("["):
        return Route(lane)
    url, headers = json.loads(lane)
    return Route(url, headers)


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the way of each event.

    Attributes:
        url: The template of the settings.
        is_routed_by_event: Whether the event's ``fullPath``, ``appendPath`` and
            ``header`` are followed, as RudderStack does: a transformation sets them.
    """

    url: Template
    is_routed_by_event: bool = False

    def route(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], Route]:
        """Return what is posted, and where.

        Raises:
            Rejected: The address needs a value that the event lacks, or a header of
                the event is none.
        """
        if not self.is_routed_by_event or not any(map(event.get, _ROUTING)):
            return dict(event), Route(self.url.fill(event))
        body = {name: value for name, value in event.items() if name not in _ROUTING}
        full = event.get("fullPath")
        url = str(full) if full else self.url.fill(event)
        own = event.get("header")
        headers = {
            str(name): value.strip()
            for name, value in (own.items() if isinstance(own, Mapping) else ())
            if isinstance(value, str)
        }
        for name, value in headers.items():
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise Rejected("a header that HTTP cannot carry", place="header")
        return body, Route(url + str(event.get("appendPath") or ""), headers)


def flat(fields: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested fields as parameters of a query, with dotted names."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            found |= flat(dict(enumerate(value)), f"{prefix}{name}.")  # type: ignore[arg-type]
        elif (written := text(value)) is not None:
            found[f"{prefix}{name}"] = written
    return found
