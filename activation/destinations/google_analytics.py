"""Google Analytics 4: events through the Measurement Protocol.

It answers 204 whatever it was sent: a wrong secret, a wrong name and an event that is
too old all look like success. So what its rules forbid is refused here, and the setting
``validate`` asks its validation server about each event first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request, exchange, open_client
from activation.destinations.google_analytics_event import Options, translate
from activation.destinations.google_consent import CONSENT_SETTING
from activation.destinations.hashing import sha256
from activation.destinations.outcome import Outcome, Status, without_personal
from activation.values import encode
from cdp.errors import Misconfigured
from cdp.workspace_schema import Kind, Setting

API = "https://www.google-analytics.com"
KIND = Kind(
    "google_analytics",
    "Events of a Google Analytics 4 stream, through the Measurement Protocol.",
    (
        Setting("api_secret", "A Measurement Protocol secret.", is_secret=True),
        Setting("measurement_id", "A web stream, as G-…", is_required=False),
        Setting("firebase_app_id", "An app stream instead.", is_required=False),
        Setting("client_id_path", "Where the client id stands.", is_required=False),
        Setting("send_user_id", "Tell the user id.", default=True, kind="boolean"),
        Setting(
            "identify_event",
            "What an identify becomes; nothing where it is absent.",
            is_required=False,
            choices=("login", "sign_up", "generate_lead"),
        ),
        Setting(
            "validate",
            "Ask the validation server about each event before it is sent.",
            default=False,
            kind="boolean",
        ),
        CONSENT_SETTING,
    ),
    purpose="advertising",
    url_default=API,
)
_ONE_CLIENT = ("client_id", "app_instance_id", "user_id")
_HEADERS = {"Content-Type": "application/json"}
_PLACE = "headwater.yml: destinations"


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    description: str = ""
    field_path: str = ""
    validation_code: str = ""


class _Verdict(msgspec.Struct, frozen=True, rename="camel"):
    validation_messages: list[_Message] = []


class GoogleAnalytics:
    """One stream.

    Args:
        settings: ``url``, ``api_secret``, ``measurement_id`` or ``firebase_app_id``, …
        client: Where connections are kept.
        now: The clock; events older than 72 hours are refused.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        stream = _stream_of(settings)
        self._client = client or open_client()
        self._url = str(settings.get("url") or API).rstrip("/")
        self._params = {"api_secret": str(settings["api_secret"]), **stream}
        self._validates = bool(settings.get("validate"))
        # 25 events and 130 kB a request, all of one client
        records = 1 if self._validates else 25
        self.limits = Limits(records=records, bytes=125_000, at_once=8)
        self._options = Options(
            is_app="firebase_app_id" in stream,
            client_id_path=str(settings.get("client_id_path") or ""),
            sends_user_id=settings.get("send_user_id") is not False,
            identify_event=str(settings.get("identify_event") or ""),
            consent=settings.get("consent") or {},
            now=now,
        )

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Google Analytics gets for an event, in the lane of its client.

        Raises:
            Rejected: It could not take the event.
        """
        body = translate(event, self._options)
        if body is None:
            return ()
        shared = [body.get(name, "") for name in _ONE_CLIENT]
        shared += [body.get("consent", {}), body.get("non_personalized_ads", False)]
        return (Payload(body, sha256(encode(shared).decode())[:16]),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these events of one client.

        Each keeps its own time; what is known of the person is laid together.
        """
        content = items[0].content if len(items) == 1 else _together(items)
        return Request(
            "POST", self._url + "/mp/collect", _HEADERS, content, self._params
        )

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; validate first where that is set.

        Raises:
            NotTaken: The request did not arrive.
        """
        request = self.request(items)
        if self._validates and (reason := self._ask_about(request)):
            return [Outcome(Status.REJECTED, reason, 200)] * len(items)
        response = exchange(self._client, request)
        outcome = Outcome(Status.DELIVERED, http_status=response.status_code)
        return [outcome] * len(items)

    def _ask_about(self, request: Request) -> str:
        """Return what the validation server finds wrong; empty if nothing."""
        url = self._url + "/debug/mp/collect"
        asked = Request("POST", url, request.headers, request.content, request.params)
        response = exchange(self._client, asked)
        try:
            verdict = msgspec.json.decode(response.content, type=_Verdict)
        except msgspec.DecodeError:
            return ""  # the validation server is a help, not a gate
        return "; ".join(
            without_personal(f"{one.field_path}: {one.description}")
            for one in verdict.validation_messages
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _stream_of(settings: Mapping[str, Any]) -> dict[str, str]:
    found = {
        name: str(settings[name])
        for name in ("measurement_id", "firebase_app_id")
        if settings.get(name)
    }
    if len(found) == 1:
        return found
    raise Misconfigured(
        "Google Analytics needs one stream",
        place=_PLACE,
        fix="Give measurement_id for a website or firebase_app_id for an app",
    )


def _together(items: Sequence[Item]) -> bytes:
    """Return one body of several; an event's own time comes before the request's."""
    bodies = [msgspec.json.decode(item.content) for item in items]
    merged: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    for body in bodies:
        properties |= body.get("user_properties", {})
        merged |= body
        moment = body.get("timestamp_micros")
        own = {} if moment is None else {"timestamp_micros": moment}
        events += [{**event, **own} for event in body.get("events", [])]
    if properties:
        merged["user_properties"] = properties
    merged.pop("timestamp_micros", None)
    return encode(merged | {"events": events})
