"""Amplitude: events, user properties and groups through the HTTP V2 API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from activation.destinations.amplitude_event import alias, group, happened, person
from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import (
    Request,
    exchange,
    judge,
    open_client,
    retry_after,
)
from activation.destinations.mapping import find, text
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from activation.values import encode
from cdp.workspace_schema import Kind, Setting

PAGE, SCREEN = "Viewed {name} Page", "Viewed {name} Screen"
KIND = Kind(
    "amplitude",
    "Events, user properties, groups and revenue of an Amplitude project.",
    (
        Setting("api_key", "API key of the project.", is_secret=True),
        Setting("group_type", "Type of group that a group is.", default="group"),
        Setting(
            "revenue",
            "Whether revenue is told by product or by order.",
            default="order",
            choices=("order", "products"),
        ),
        Setting("page_event", "Event of a page; empty: none.", default=PAGE),
        Setting("screen_event", "Event of a screen; empty: none.", default=SCREEN),
        Setting(
            "min_id_length",
            "Shortest id; 5 if absent.",
            is_required=False,
            kind="number",
        ),
        Setting(
            "maps_users",
            "Whether an alias maps the previous user to the present one.",
            default=False,
            kind="boolean",
        ),
    ),
    purpose="analytics",
    url_default="https://api2.amplitude.com",
)
_MAP = "usermap"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# says the vendor of a user or device that sends too fast
_THROTTLED_SECONDS = 30.0


class _Answer(msgspec.Struct, frozen=True):
    error: str | None = ""
    missing_field: str | None = None
    events_with_invalid_fields: dict[str, list[int]] = {}
    events_with_missing_fields: dict[str, list[int]] = {}
    events_with_invalid_id_lengths: dict[str, list[int]] = {}
    silenced_events: list[int] = []
    throttled_events: list[int] = []


class Amplitude:
    """One project.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
    """

    # the vendor: fewer than 2,000 events and less than 1 MB
    limits = Limits(records=1999, bytes=990_000, requests_per_second=100)

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._client = client or open_client()
        url = str(settings.get("url") or KIND.url_default).rstrip("/")
        self._url = url + "/2/httpapi"
        # the vendor keeps the mapping of users at another name
        self._map_url = url.replace("//api2.", "//api.") + "/usermap"
        self._maps_users = bool(settings.get("maps_users"))
        self._key = str(settings["api_key"])
        self._group_type = str(settings.get("group_type") or "group")
        self._by_product = settings.get("revenue") == "products"
        self._names = {
            "page": str(settings.get("page_event", PAGE)),
            "screen": str(settings.get("screen_event", SCREEN)),
        }
        head: dict[str, Any] = {"api_key": self._key}
        if shortest := settings.get("min_id_length"):
            head["options"] = {"min_id_length": int(shortest)}
        self._head = encode(head)[:-1] + b',"events":'

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the events that Amplitude gets, or whom an alias makes one.

        Raises:
            Rejected: The event lacks what Amplitude needs.
        """
        if event.get("type") == "alias":
            return (Payload(alias(event), _MAP),) if self._maps_users else ()
        bodies = self._bodies_of(event)
        group_id = text(find(event, "context.groupId"))
        if group_id and event.get("type") != "group":
            for body in bodies:
                body["groups"] = {self._group_type: group_id}
        return tuple(Payload(body) for body in bodies)

    def _bodies_of(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        match event.get("type"):
            case "track":
                name = str(event.get("event") or "")
                return happened(event, name, by_product=self._by_product)
            case "page" | "screen" as kind:
                own = str(event.get("name") or "")
                name = " ".join(self._names[kind].replace("{name}", own).split())
                return happened(event, name, by_product=False) if name else []
            case "identify":
                body = person(event)
                return [] if body is None else [body]
            case "group":
                return group(event, self._group_type)
        return []

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these events, or mappings of users."""
        rows = b"[" + b",".join(item.content for item in items) + b"]"
        if items[0].lane == _MAP:
            form = urlencode({"api_key": self._key, "mapping": rows.decode()})
            return Request("POST", self._map_url, _FORM, form.encode())
        content = self._head + rows + b"}"
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        return Request("POST", self._url, headers, content)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt.

        Where Amplitude names events that it refuses, it has taken none of the others
        either: they are to be sent again at once, without those.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = exchange(self._client, self.request(items), readable={400, 429})
        if response.is_success:
            return [Outcome(Status.DELIVERED, http_status=200)] * len(items)
        if items[0].lane == _MAP:  # which answers in plain words
            raise NotTaken(judge(response, without_personal(response.text)))
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except msgspec.DecodeError as error:
            raise NotTaken(judge(response)) from error
        words = without_personal(answer.error or "")
        if answer.missing_field == "api_key" or "api key" in words.lower():
            raise NotTaken(Outcome(Status.MISCONFIGURED, f"HTTP 400: {words}", 400))
        if response.status_code == 429:
            return self._throttled(response, answer, len(items), words)
        return self._refused(response, answer, len(items), words)

    def _throttled(
        self, response: httpx.Response, answer: _Answer, count: int, words: str
    ) -> list[Outcome]:
        if not answer.throttled_events:
            raise NotTaken(judge(response, words))
        named = set(answer.throttled_events)
        wait = retry_after(response) or _THROTTLED_SECONDS
        slow = Outcome(Status.RETRY, f"HTTP 429: {words}", 429, wait)
        rest = Outcome(Status.RETRY, "sent with others too fast", 429, 0.0)
        return [slow if index in named else rest for index in range(count)]

    def _refused(
        self, response: httpx.Response, answer: _Answer, count: int, words: str
    ) -> list[Outcome]:
        reasons = dict.fromkeys(answer.silenced_events, "the device is silenced")
        for kind, fields in (
            ("invalid", answer.events_with_invalid_fields),
            ("missing", answer.events_with_missing_fields),
            ("too short", answer.events_with_invalid_id_lengths),
        ):
            for name, indices in fields.items():
                reasons |= dict.fromkeys(indices, f"{name} is {kind}")
        if not reasons.keys() & set(range(count)):
            raise NotTaken(judge(response, words))
        rest = Outcome(Status.RETRY, "sent with others that were refused", 400, 0.0)
        return [
            Outcome(Status.REJECTED, without_personal(reasons[index]), 400)
            if index in reasons
            else rest
            for index in range(count)
        ]

    def close(self) -> None:
        """Close connections."""
        self._client.close()
