"""Mixpanel's events: names, identity and properties of what a person did.

Names of properties: the vendor's default properties and its ingestion API's document.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from activation.destinations.mapping import find
from cdp.errors import Rejected

_INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
_OTHER_INSERT_IDS = uuid.UUID("5b4e5a52-5f0c-5d4e-8a57-6d1f2a8c9e10")
# what both public implementations call them, so that old reports go on
PAGE, SCREEN = "Loaded a Page", "Loaded a Screen"
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
    ("$device", ("device", "name")),
    ("$screen_width", ("screen", "width")),
    ("$screen_height", ("screen", "height")),
    ("$screen_dpi", ("screen", "density")),
    ("$app_build_number", ("app", "build")),
    ("$app_version_string", ("app", "version")),
    ("$carrier", ("network", "carrier")),
    ("$wifi", ("network", "wifi")),
    ("$bluetooth_enabled", ("network", "bluetooth")),
    ("$session_id", ("sessionId",)),
)
_BROWSERS = (
    ("Microsoft Edge", re.compile(r"Edg(?:e|A|iOS)?/([\d.]+)")),
    ("Opera", re.compile(r"OPR/([\d.]+)")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/([\d.]+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/([\d.]+)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/([\d.]+)")),
    ("Safari", re.compile(r"Version/([\d.]+).*Safari/")),
)


@dataclass(frozen=True, slots=True)
class Options:
    """How a project names pages and knows people.

    Attributes:
        page: What a page is called; ``{name}`` stands for its own name.
        screen: The same for a screen.
        is_original: The project has the original identity merge, not the simplified.
        token: Project token; merges and profiles need it.
        group: The group key that an event's ``context.groupId`` is of; empty for none.
    """

    page: str = PAGE
    screen: str = SCREEN
    is_original: bool = False
    token: str = ""
    group: str = ""


USUAL = Options()


def translate(
    event: Mapping[str, Any], options: Options = USUAL
) -> dict[str, Any] | None:
    """Return the event as Mixpanel takes it; None where it is none of its events.

    Raises:
        Rejected: The event has no time or nobody who did it.
    """
    name = _name_of(event, options)
    if name is None:
        return None
    user_id, device_id = event.get("userId"), event.get("anonymousId")
    message_id = event.get("messageId")
    if not (user_id or device_id) or not message_id:
        raise Rejected("the event has no user, no device or no messageId")
    properties = dict(event.get("properties") or {})
    if event.get("type") != "track" and event.get("name"):
        properties.setdefault("name", event["name"])
    _add_context(properties, event.get("context") or {})
    if options.group and (group_id := find(event, "context.groupId")):
        properties.setdefault(options.group, group_id)
    properties["time"] = _milliseconds(event.get("timestamp"))
    properties["distinct_id"] = distinct_id(event, options)
    properties["$insert_id"] = _insert_id(str(message_id))
    if user_id:
        properties["$user_id"] = user_id
    if device_id:
        properties["$device_id"] = device_id
    return {"event": name, "properties": properties}


def distinct_id(event: Mapping[str, Any], options: Options = USUAL) -> str:
    """Return whom the vendor takes an event to be about."""
    if user_id := event.get("userId"):
        return str(user_id)
    device_id = event.get("anonymousId")
    return str(device_id) if options.is_original else f"$device:{device_id}"


def merge(event: Mapping[str, Any], options: Options) -> dict[str, Any] | None:
    """Return the event that makes one of two ids, in a project of the original merge.

    Source: the vendor's identity API, ``$merge``. The simplified merge joins a device
    and a user by themselves, and never two users.
    """
    user_id = event.get("userId")
    is_alias = event.get("type") == "alias"
    other = event.get("previousId" if is_alias else "anonymousId")
    if not (options.is_original and options.token and user_id and other):
        return None
    ids = [str(user_id), str(other)]
    return {
        "event": "$merge",
        "properties": {"$distinct_ids": ids, "token": options.token},
    }


def browser_of(context: Mapping[str, Any]) -> dict[str, str]:
    """Return browser and version that the user agent names; {} where it names none."""
    agent = context.get("userAgent")
    name, version = _browser(agent) if isinstance(agent, str) else ("", "")
    return {"$browser": name, "$browser_version": version} if name else {}


@lru_cache(maxsize=4096)
def _browser(agent: str) -> tuple[str, str]:
    if not agent.startswith("Mozilla/"):
        return "", ""
    for name, pattern in _BROWSERS:
        if found := pattern.search(agent):
            return name, found.group(1)
    return "", ""


def _name_of(event: Mapping[str, Any], options: Options) -> str | None:
    kind = event.get("type")
    if kind == "track":
        return event.get("event")
    if kind == "identify":
        joins = event.get("userId") and event.get("anonymousId")
        return "$identify" if joins and not options.is_original else None
    if kind not in {"page", "screen"}:
        return None
    pattern = options.page if kind == "page" else options.screen
    if "{name}" not in pattern:
        return pattern
    return " ".join(pattern.replace("{name}", str(event.get("name") or "")).split())


def _add_context(properties: dict[str, Any], context: Mapping[str, Any]) -> None:
    for name, path in _FROM_CONTEXT:
        value: Any = context
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None and value != "":
            properties[name] = value
    if "userAgent" in context:
        properties.update(browser_of(context))


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
