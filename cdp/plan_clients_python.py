"""The Python client: a function an event, over any SDK that has ``track``."""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

_HEAD = '''\
"""Events of the tracking plan. Written by `cdp plan clients`: do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, Required, TypedDict


class Client(Protocol):
    """What sends: `segment.analytics`, `rudderstack.analytics`, or a client of them."""

    def track(self, *arguments: Any, **named: Any) -> Any:
        """Send an event."""


class Who(TypedDict, total=False):
    """Who did it, and when; one of the ids is needed."""

    user_id: str
    anonymous_id: str
    timestamp: datetime
    context: dict[str, Any]
    integrations: dict[str, Any]
    message_id: str


def _track(client: Client, who: Who, event: str, properties: dict[str, Any]) -> None:
    known = {name: value for name, value in properties.items() if value is not None}
    client.track(event=event, properties=known, **who)
'''
_TYPES = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "object": "dict[str, Any]",
    "array": "Sequence[Any]",
}


def python_client(events: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the module.

    Args:
        events: Documents of the events by name, in order.
    """
    parts = [_HEAD]
    for name, document in events.items():
        schema = document["properties"]
        for key, inner in schema.get("properties", {}).items():
            parts += _records(_class_name(name, key), inner)
        parts.append(_function(name, document))
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _records(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield a class for the objects of a property, those within it first."""
    inner = schema.get("items", schema)
    properties = inner.get("properties")
    if not properties:
        return
    for key, each in properties.items():
        yield from _records(f"{name}{_camel(key)}", each)
    required = inner.get("required", ())
    text = str(schema.get("description") or name).strip()
    lines = [f"class {name}(TypedDict, total=False):", _docstring(text, 4), ""]
    for key, each in properties.items():
        kind = _type_of(f"{name}{_camel(key)}", each)
        lines.append(
            f"    {key}: Required[{kind}]" if key in required else f"    {key}: {kind}"
        )
    yield "\n".join(lines)


def _function(name: str, document: Mapping[str, Any]) -> str:
    schema = document["properties"]
    properties = schema.get("properties", {})
    required = [key for key in properties if key in schema.get("required", ())]
    optional = [key for key in properties if key not in required]
    lines = [f"def {name}(", "    client: Client,", "    who: Who,"]
    if properties:
        lines.append("    *,")
    for key in (*required, *optional):
        kind = _type_of(_class_name(name, key), properties[key])
        end = "" if key in required else " | None = None"
        lines.append(f"    {_argument(key)}: {kind}{end},")
    lines += [") -> None:", _document(document, (*required, *optional))]
    lines.append("    properties: dict[str, Any] = {")
    lines += [f'        "{key}": {_argument(key)},' for key in properties]
    lines += ["    }", f'    _track(client, who, "{name}", properties)']
    return "\n".join(lines)


def _document(document: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    properties = document["properties"].get("properties", {})
    text = str(document["description"]).strip()
    lines = [_docstring(text, 4).removesuffix('"""'), ""]
    lines += ["    Args:", "        client: What sends.", "        who: Who did it."]
    for key in keys:
        about = " ".join(str(properties[key].get("description") or key).split())
        lines += textwrap.wrap(
            _safe(f"{_argument(key)}: {about}"),
            88,
            initial_indent=" " * 8,
            subsequent_indent=" " * 12,
        )
    return "\n".join([*lines, '    """'])


def _docstring(text: str, indent: int) -> str:
    pad = " " * indent
    wrapped = textwrap.wrap(
        f'"""{_safe(" ".join(text.split()))}',
        85,
        initial_indent=pad,
        subsequent_indent=pad,
    )
    return "\n".join(wrapped) + '"""'


def _safe(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''").removesuffix('"')


def _type_of(name: str, schema: Mapping[str, Any]) -> str:
    if schema.get("enum"):
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if schema.get("properties"):
        return name
    if "items" in schema:
        return f"Sequence[{_type_of(name, schema['items'])}]"
    kinds = schema.get("type") or list(_TYPES)
    names = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(dict.fromkeys(_TYPES[each] for each in names))


def _class_name(event: str, key: str) -> str:
    return _camel(event) + _camel(key)


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _argument(key: str) -> str:
    taken = keyword.iskeyword(key) or key in {"client", "who", "properties"}
    return f"{key}_" if taken else key
