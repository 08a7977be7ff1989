"""The TypeScript client: an interface and a function an event, over either JS SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_HEAD = """\
// Events of the tracking plan. Written by `cdp plan clients`: do not edit.

/** What sends: the browser SDK of Segment or of RudderStack. */
export interface Analytics {
  track(event: string, properties?: any, ...more: any[]): unknown;
}
"""
_TYPES = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "object": "Record<string, unknown>",
    "array": "unknown[]",
}


def typescript_client(events: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the module.

    Args:
        events: Documents of the events by name, in order.
    """
    parts = [_HEAD, *(_event(name, document) for name, document in events.items())]
    return "\n".join(parts)


def _event(name: str, document: Mapping[str, Any]) -> str:
    interface = _camel(name)
    schema = document["properties"]
    function = interface[:1].lower() + interface[1:]
    optional = "" if schema.get("required") else " = {}"
    return "\n".join(
        [
            _comment(document["description"], ""),
            f"export interface {interface} {{",
            *_fields(schema, "  "),
            "}",
            "",
            _comment(document["description"], ""),
            f"export function {function}(",
            "  analytics: Analytics,",
            f"  properties: {interface}{optional},",
            "): void {",
            f'  analytics.track("{name}", properties);',
            "}",
            "",
        ]
    )


def _fields(schema: Mapping[str, Any], pad: str) -> Iterator[str]:
    required = schema.get("required", ())
    for key, inner in schema.get("properties", {}).items():
        if inner.get("description"):
            yield _comment(inner["description"], pad)
        mark = "" if key in required else "?"
        yield f"{pad}{key}{mark}: {_type_of(inner, pad)};"


def _type_of(schema: Mapping[str, Any], pad: str) -> str:
    if schema.get("enum"):
        return " | ".join(
            f'"{each}"' if isinstance(each, str) else str(each)
            for each in schema["enum"]
        )
    if schema.get("properties"):
        return "\n".join(["{", *_fields(schema, f"{pad}  "), f"{pad}}}"])
    if "items" in schema:
        return f"Array<{_type_of(schema['items'], pad)}>"
    kinds = schema.get("type") or list(_TYPES)
    names = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(dict.fromkeys(_TYPES[each] for each in names))


def _comment(text: Any, pad: str) -> str:
    return f"{pad}/** {' '.join(str(text).split()).replace('*/', '* /')} */"


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
