"""Mixpanel: behavioural events, imported in strict mode with a verdict on each.

The vendor deduplicates by event, time, distinct id and insert id, so that an event that
is sent twice counts once. Identity follows its simplified merge: an event that has both
a device and a user joins them.
"""

from __future__ import annotations

import gzip
import re
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from cdp.errors import Rejected
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "mixpanel",
    "Behavioural events, imported with a verdict on each.",
    (
        Setting("project_id", "Number of the project."),
        Setting("service_account", "User name of a service account."),
        Setting("service_secret", "Its secret.", is_secret=True),
    ),
    purpose="analytics",
    url_default="https://api.mixpanel.com",
)

_FEWEST_BYTES_WORTH_ZIPPING = 1024
_ZIP_LEVEL = 1  # beyond it, time grows faster than the body shrinks
_INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
_OTHER_INSERT_IDS = uuid.UUID("5b4e5a52-5f0c-5d4e-8a57-6d1f2a8c9e10")
# what both public implementations call them, so that old reports go on
_NAMES = {"page": "Loaded a Page", "screen": "Loaded a Screen"}
_FROM_CONTEXT = (
    ("ip", ("ip",)),
    ("$current_url", ("page", "url")),
    ("$referrer", ("page", "referrer")),
    ("current_page_title", ("page", "title")),
    ("utm_source", ("campaign", "source")),
    ("utm_medium", ("campaign", "medium")),
    ("utm_campaign", ("campaign", "name")),
    ("utm_term", ("campaign", "term")),
    ("utm_content", ("campaign", "content")),
    ("mp_lib", ("library", "name")),
    ("$os", ("os", "name")),
    ("$os_version", ("os", "version")),
    ("$manufacturer", ("device", "manufacturer")),
    ("$model", ("device", "model")),
    ("$screen_width", ("screen", "width")),
    ("$screen_height", ("screen", "height")),
    ("$screen_dpi", ("screen", "density")),
    ("$app_build_number", ("app", "build")),
    ("$app_version_string", ("app", "version")),
    ("$carrier", ("network", "carrier")),
    ("$wifi", ("network", "wifi")),
)


class _FailedRecord(msgspec.Struct, frozen=True):
    index: int
    field: str = ""
    message: str = ""


class _Verdict(msgspec.Struct, frozen=True):
    failed_records: list[_FailedRecord] | None = None
    error: str = ""


def translate(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the event as Mixpanel takes it; None where it is none of its events.

    Raises:
        Rejected: The event has no time or nobody who did it.
    """
    name = _name_of(event)
    if name is None:
        return None
    user_id, device_id = event.get("userId"), event.get("anonymousId")
    message_id = event.get("messageId")
    if not (user_id or device_id) or not message_id:
        raise Rejected("the event has no user, no device or no messageId")
    properties = dict(event.get("properties") or {})
    if event.get("type") in _NAMES and event.get("name"):
        properties.setdefault("name", event["name"])
    _add_context(properties, event.get("context") or {})
    properties["time"] = _milliseconds(event.get("timestamp"))
    properties["distinct_id"] = user_id or f"$device:{device_id}"
    properties["$insert_id"] = _insert_id(str(message_id))
    if user_id:
        properties["$user_id"] = user_id
    if device_id:
        properties["$device_id"] = device_id
    return {"event": name, "properties": properties}


def _name_of(event: Mapping[str, Any]) -> str | None:
    kind = event.get("type")
    if kind == "track":
        return event.get("event")
    if kind == "identify" and event.get("userId") and event.get("anonymousId"):
        return "$identify"
    return _NAMES.get(str(kind))


def _add_context(properties: dict[str, Any], context: Mapping[str, Any]) -> None:
    for name, path in _FROM_CONTEXT:
        value: Any = context
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None and value != "":
            properties[name] = value


def _milliseconds(moment: object) -> int:
    try:
        return round(datetime.fromisoformat(str(moment)).timestamp() * 1000)
    except ValueError as error:
        raise Rejected("the event's timestamp is no time") from error


def _insert_id(message_id: str) -> str:
    """Return a message id in the vendor's form, the same for the same message."""
    if _INSERT_ID.fullmatch(message_id):
        return message_id
    return str(uuid.uuid5(_OTHER_INSERT_IDS, message_id))


class Mixpanel:
    """One project.

    Args:
        settings: ``url``, ``project_id``, ``service_account``, ``service_secret``.
        client: Where connections are kept.
    """

    # the vendor takes 2 MiB before compression; the brackets need some of it
    limits = Limits(records=2000, bytes=2_000_000)

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings["url"]).rstrip("/") + "/import"
        account = f"{settings['service_account']}:{settings['service_secret']}"
        self._headers = {
            "Authorization": f"Basic {b64encode(account.encode()).decode()}",
            "Content-Type": "application/json",
        }
        self._params = {"strict": "1", "project_id": str(settings["project_id"])}

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Mixpanel gets for an event; nothing where it has no such event.

        Raises:
            Rejected: The event lacks what Mixpanel needs.
        """
        body = translate(event)
        return () if body is None else (Payload(body),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these events."""
        content = b"[" + b",".join(item.content for item in items) + b"]"
        headers = dict(self._headers)
        if len(content) >= _FEWEST_BYTES_WORTH_ZIPPING:
            content = gzip.compress(content, _ZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Request("POST", self._url, headers, content, self._params)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; in strict mode each refused event has its reason.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = exchange(self._client, self.request(items), readable={400})
        if response.is_success:
            return [Outcome(Status.DELIVERED, http_status=200)] * len(items)
        try:
            verdict = msgspec.json.decode(response.content, type=_Verdict)
        except msgspec.DecodeError as error:
            raise NotTaken(judge(response)) from error
        if not verdict.failed_records:
            raise NotTaken(judge(response, without_personal(verdict.error)))
        outcomes = [Outcome(Status.DELIVERED, http_status=200)] * len(items)
        for failed in verdict.failed_records:
            if 0 <= failed.index < len(items):
                reason = without_personal(f"{failed.field}: {failed.message}")
                outcomes[failed.index] = Outcome(Status.REJECTED, reason, 400)
        return outcomes

    def close(self) -> None:
        """Close connections."""
        self._client.close()
