"""An example of a planned event, made from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp.plan_files import TRAITS, Document

_BY_NAME: dict[str, Any] = {
    "currency": "USD",
    "email": "someone@example.com",
    "phone": "+12025550100",
    "country_code": "US",
    "quantity": 1,
    "price": 9.5,
    "url": "https://shop.example.com/page",
    "tab_url": "https://shop.example.com/page",
    "path": "/page",
    "created_at": "2026-01-01T00:00:00Z",
    "createdAt": "2026-01-01T00:00:00Z",
    "birth_date": "1990-01-01",
    "birthday": "1990-01-01",
}
_BY_TYPE: dict[str, Any] = {
    "string": "text",
    "number": 10.5,
    "integer": 1,
    "boolean": True,
    "array": [],
    "object": {},
}
_CONTEXT = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0",
    "locale": "en-US",
    "page": {"url": "https://shop.example.com/page", "path": "/page"},
    "traits": {"email": "someone@example.com"},
}


def example_event(name: str, document: Document) -> dict[str, Any]:
    """Return an event as the log would hold it, with every property filled.

    Args:
        name: The file's name: an event, ``page``, ``screen``, ``group`` or ``traits``.
        document: What the file says.
    """
    event: dict[str, Any] = {
        "messageId": f"example-{name}",
        "type": _type_of(name),
        "userId": "user-1",
        "anonymousId": "device-1",
        "timestamp": "2026-01-01T12:00:00.000Z",
        "originalTimestamp": "2026-01-01T12:00:00.000Z",
        "receivedAt": "2026-01-01T12:00:00.000Z",
        "context": _CONTEXT,
    }
    content = example_of("", document["properties"])
    if event["type"] in {"identify", "group"}:
        event["traits"] = content
    else:
        event["properties"] = content
    if event["type"] == "track":
        event["event"] = name
    if event["type"] == "group":
        event["groupId"] = "company-1"
    return event


def example_of(name: str, schema: Mapping[str, Any]) -> Any:
    """Return a value that fits a schema: its own example, or one by name and type."""
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "properties" in schema:
        return {
            key: example_of(key, inner) for key, inner in schema["properties"].items()
        }
    if "items" in schema:
        return [example_of(name, schema["items"])]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if name in _BY_NAME and type(_BY_NAME[name]) is type(_BY_TYPE[kind]):
        return _BY_NAME[name]
    if kind == "string" and name.endswith("_id"):
        return f"{name.removesuffix('_id')}-1"
    return (
        max(_BY_TYPE[kind], schema["minimum"])
        if "minimum" in schema
        else (_BY_TYPE[kind])
    )


def _type_of(name: str) -> str:
    if name == TRAITS:
        return "identify"
    return name if name in {"page", "screen", "group"} else "track"
