"""What the plan says about a property besides its type: who may see it.

``purposes`` lists what destinations may be for that get the property (all where it is
absent); ``personal: true`` marks what names a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdp.errors import Misconfigured
from cdp.plan_schema import KeyPath

PURPOSES = ("analytics", "advertising", "messaging", "support", "sales", "storage")
EVERY = "[]"


def annotated(
    schema: Mapping[str, Any], place: str
) -> tuple[dict[KeyPath, frozenset[str]], frozenset[KeyPath]]:
    """Return the purposes of properties that have them, and the personal properties.

    Args:
        schema: JSON Schema of an event's properties.
        place: Named in errors.

    Returns:
        By path from the properties, where the elements of a list are ``[]``.

    Raises:
        Misconfigured: A purpose is not known.
    """
    purposes: dict[KeyPath, frozenset[str]] = {}
    personal = set()
    for path, inner in _properties(schema):
        if inner.get("personal") is True:
            personal.add(path)
        if "purposes" in inner:
            purposes[path] = _purposes(inner["purposes"], f"{place}: {path[-1]}")
    return purposes, frozenset(personal)


def _properties(
    schema: Mapping[str, Any], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for name, inner in (schema.get("properties") or {}).items():
        yield (*path, name), inner
        yield from _properties(inner, (*path, name))
    if isinstance(schema.get("items"), Mapping):
        yield from _properties(schema["items"], (*path, EVERY))


def _purposes(written: Any, place: str) -> frozenset[str]:
    if not isinstance(written, list) or not set(written) <= set(PURPOSES):
        raise Misconfigured(
            f"purposes {written} are not understood",
            place=place,
            fix=f"List any of {', '.join(PURPOSES)}",
        )
    return frozenset(written)
