"""JSON Schema as the tracking plan uses it, compiled to closures for the hot path.

Understood: type, properties, required, items, enum, minLength, maxLength, pattern,
minimum, maximum, format (date, date-time, email, uri: annotations only, as in draft
2020-12), description, title, examples. A null counts as absent: SDKs send it for what
they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cdp.errors import Misconfigured

KEYWORDS = frozenset(
    (
        *("type", "properties", "required", "items", "enum", "pattern", "format"),
        *("minLength", "maxLength", "minimum", "maximum"),
        *("description", "title", "examples"),
    )
)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


class Violation(msgspec.Struct, frozen=True):
    """One way in which an event breaks the plan.

    Attributes:
        code: unplanned_event, unplanned_property, wrong_type, missing_property.
        place: Such as ``properties.products[0].price``.
        message: One sentence for the sender; never the value itself.
    """

    code: str
    place: str
    message: str


Check = Callable[[Mapping[str, Any]], list[Violation]]
_Visit = Callable[[Any, str, list[Violation]], None]


def compile_object(schema: Any, root: str, file: str) -> Check:
    """Compile the schema of an event's properties.

    Args:
        schema: A JSON Schema of type object.
        root: What places start with, ``properties`` or ``traits``.
        file: Named in errors.

    Returns:
        A function from properties to violations; empty where they fit.

    Raises:
        Misconfigured: The schema is malformed or uses an unknown keyword.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise Misconfigured("properties must be of type object", place=file)
    visit = _compile(schema, f"{file}: {root}")

    def check(content: Mapping[str, Any]) -> list[Violation]:
        found: list[Violation] = []
        visit(content, root, found)
        return found

    return check


def _compile(schema: Any, place: str) -> _Visit:
    if not isinstance(schema, dict):
        raise Misconfigured("expected a schema", place=place)
    unknown = sorted(set(schema) - KEYWORDS)
    if unknown:
        raise Misconfigured(
            f"{', '.join(unknown)} is not understood",
            place=place,
            fix=f"Use {', '.join(sorted(KEYWORDS))}",
        )
    names = schema.get("type", list(_TYPES))
    names = [names] if isinstance(names, str) else names
    if not set(names) <= set(_TYPES):
        raise Misconfigured(f"type {names} is not known", place=place)
    return _typed(names, _rules(schema), _inner(schema, place))


def _typed(
    names: list[str], rules: list[Callable[[Any], str | None]], inner: _Visit | None
) -> _Visit:
    types = tuple(kind for name in names for kind in _TYPES[name])
    refuses_bool = "boolean" not in names
    whole_only = "integer" in names and "number" not in names
    expected = " or ".join(names)

    def visit(value: Any, place: str, found: list[Violation]) -> None:
        fits = isinstance(value, types) and not (refuses_bool and value is True)
        if value is False and refuses_bool:
            fits = False
        if not fits and whole_only and isinstance(value, float) and value.is_integer():
            fits = True  # JSON has one number type: 2.0 is an integer
        if not fits:
            message = f"expected {expected}, found {_name_of(value)}"
            found.append(Violation("wrong_type", place, message))
            return
        for rule in rules:
            message_or_none = rule(value)
            if message_or_none:
                found.append(Violation("wrong_type", place, message_or_none))
        if inner:
            inner(value, place, found)

    return visit


def _name_of(value: Any) -> str:
    for name in ("boolean", "string", "integer", "number", "object", "array"):
        if isinstance(value, _TYPES[name]):
            return name
    return type(value).__name__


def _inner(schema: dict[str, Any], place: str) -> _Visit | None:
    if "items" in schema:
        return _array(_compile(schema["items"], f"{place}[]"))
    if "properties" in schema:
        return _object(schema, place)
    return None


def _array(item: _Visit) -> _Visit:
    def visit(value: Any, place: str, found: list[Violation]) -> None:
        for index, element in enumerate(value):
            item(element, f"{place}[{index}]", found)

    return visit


def _object(schema: dict[str, Any], place: str) -> _Visit:
    known = {
        name: _compile(inner, f"{place}.{name}")
        for name, inner in schema["properties"].items()
    }
    required = tuple(schema.get("required", ()))
    if not set(required) <= set(known):
        raise Misconfigured(
            "required names a property that is not described", place=place
        )

    def visit(value: Any, place: str, found: list[Violation]) -> None:
        found.extend(
            Violation("missing_property", f"{place}.{name}", "is required")
            for name in required
            if value.get(name) is None
        )
        for name, inner in value.items():
            check = known.get(name)
            if check is None:
                found.append(
                    Violation("unplanned_property", f"{place}.{name}", "is not planned")
                )
            elif inner is not None:
                check(inner, f"{place}.{name}", found)

    return visit


def _rules(schema: dict[str, Any]) -> list[Callable[[Any], str | None]]:
    rules: list[Callable[[Any], str | None]] = []
    if "enum" in schema:
        allowed = tuple(schema["enum"])
        rules.append(
            lambda value: None if value in allowed else f"must be one of {allowed}"
        )
    if "pattern" in schema:
        pattern = re.compile(schema["pattern"])
        rules.append(
            lambda value: (
                None
                if not isinstance(value, str) or pattern.search(value)
                else f"must match {pattern.pattern}"
            )
        )
    rules += _bounds(schema, "minLength", "maxLength", str, len)
    rules += _bounds(schema, "minimum", "maximum", (int, float), float)
    return rules


def _bounds(
    schema: dict[str, Any],
    low: str,
    high: str,
    kind: type | tuple[type, ...],
    measure: Callable[[Any], float],
) -> list[Callable[[Any], str | None]]:
    if low not in schema and high not in schema:
        return []
    least, most = schema.get(low, float("-inf")), schema.get(high, float("inf"))

    def rule(value: Any) -> str | None:
        if not isinstance(value, kind) or least <= measure(value) <= most:
            return None
        return f"must have {low} {least} and {high} {most}"

    return [rule]
