"""What browser SDKs fetch before they send their first event.

RudderStack's asks ``GET /sourceConfig`` for its source, else it sends nothing.
Segment's asks ``GET /v1/projects/<write key>/settings`` where its events go.
Both hear: to us, no destination in the browser, no statistics to the SDK's maker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cdp.errors import Rejected
from cdp.event import format_time
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.body import Unknown, reached_at, write_key_of

_RUDDERSTACK = "/sourceConfig"
_SEGMENT = re.compile(r"/v1/projects/(?P<key>[^/]+)/settings")
_PLAN_PAGES = ("page", "screen")


class NoProject(Rejected):
    """No source has the write key that the address names; Segment's host says 404."""


class SdkSettings:
    """The settings of the workspace as two SDKs read them.

    Args:
        sources: Source name by write key.
        plan: The tracking plan.
    """

    def __init__(self, sources: Mapping[str, str], plan: TrackingPlan) -> None:
        self._sources = sources
        self._plan = _segment_plan(plan)
        self._updated_at = format_time(datetime.now(UTC))

    def answer(
        self, path: str, query: bytes, headers: Mapping[bytes, bytes], scheme: str
    ) -> dict[str, Any] | None:
        """Return the JSON that answers a GET, or None if the address is not ours.

        Args:
            path: Without a slash at its end.
            query: As in the address.
            headers: Names in lower case; ``Host`` and ``X-Forwarded-Proto`` say where
                a page reaches us.
            scheme: http or https, where no proxy says otherwise.

        Raises:
            Unknown: RudderStack's address, and the write key opens no source.
            NoProject: The same for Segment's.
            Rejected: The Host header is none that a page could send to.
        """
        if path == _RUDDERSTACK:
            return self._rudderstack(write_key_of(headers, query))
        project = _SEGMENT.fullmatch(path)
        if project is None:
            return None
        return self._segment(project["key"], *reached_at(headers, scheme))

    def _rudderstack(self, key: str | None) -> dict[str, Any]:
        name = self._sources.get(key or "")
        if name is None:
            raise Unknown("unknown write key" if key else "no write key was sent")
        off = {"enabled": False}
        return {
            "source": {
                "id": name,
                "name": name,
                "writeKey": key,
                "enabled": True,
                "workspaceId": "headwater",
                "updatedAt": self._updated_at,
                "config": {"statsCollection": {"errors": off, "metrics": off}},
                "connections": [],
                "destinations": [],
                "dataplanes": {},
            },
            "updatedAt": self._updated_at,
        }

    def _segment(self, key: str, scheme: str, host: str) -> dict[str, Any]:
        if key not in self._sources:
            raise NoProject("unknown write key")
        events = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme}
        return {
            "integrations": {"Segment.io": events},
            "plan": self._plan,
            "metrics": {"sampleRate": 0},
            "legacyVideoPluginsEnabled": False,
            "remotePlugins": [],
        }


def _segment_plan(plan: TrackingPlan) -> dict[str, Any]:
    """Return the plan as Segment writes it: everything is sent, and we judge it."""
    names = sorted(set(plan.events) - set(_PLAN_PAGES))
    everything = {"enabled": True, "integrations": {}}
    return {
        "track": {"__default": everything, **dict.fromkeys(names, everything)},
        "identify": {"__default": {"enabled": True}},
        "group": {"__default": {"enabled": True}},
    }
