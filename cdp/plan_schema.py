"""JSON Schema as the tracking plan uses it, compiled to closures for the hot path.

Understood: type, properties, required, items, enum, minLength, maxLength, pattern,
minimum, maximum, format (date, date-time, email, uri: annotations only, as in draft
2020-12), description, title, examples. A null counts as absent: SDKs send it for what
they do not know.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any

import msgspec

from cdp.errors import Misconfigured

_ANNOTATIONS = frozenset(("description", "title", "examples", "purposes", "personal"))
KEYWORDS = _ANNOTATIONS | {
    *("type", "properties", "required", "items", "enum", "pattern", "format"),
    *("minLength", "maxLength", "minimum", "maximum"),
}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
# By which a value is called in messages; integer before number, which it is too.
_NAMES = ("boolean", "string", "integer", "number", "object", "array")
KeyPath = tuple[str | int, ...]


class Violation(msgspec.Struct, frozen=True):
    """One way in which an event breaks the format or the plan.

    Attributes:
        code: unplanned_event, unplanned_property, wrong_type, missing_property, or one
            of ``cdp.event``.
        path: Keys and indices that lead to it from the event.
        message: One sentence for the sender; never the value itself.
    """

    code: str
    path: KeyPath
    message: str

    @property
    def place(self) -> str:
        """The path as people write it, such as ``properties.products[0].price``."""
        parts = (
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path
        )
        return "".join(parts).removeprefix(".")


Check = Callable[[Mapping[str, Any]], Sequence[Violation]]
_Check = Callable[[Any], Sequence[Violation]]
_RULES = KEYWORDS - _ANNOTATIONS - {"type", "format"}
_NONE: tuple[Violation, ...] = ()


def compile_object(schema: Any, root: str, file: str) -> Check:
    """Compile the schema of an event's properties.

    Args:
        schema: A JSON Schema of type object.
        root: What paths start with, ``properties`` or ``traits``.
        file: Named in errors.

    Returns:
        A function from properties to violations; empty where they fit.

    Raises:
        Misconfigured: The schema is malformed or uses an unknown keyword.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise Misconfigured("properties must be of type object", place=file)
    check_object = _compile(schema, f"{file}: {root}")

    def check(content: Mapping[str, Any]) -> Sequence[Violation]:
        found = check_object(content)
        return _within(root, found) if found else _NONE

    return check


def _within(part: str | int, found: Sequence[Violation]) -> Sequence[Violation]:
    """Return what was found inside, with its path from one step further out.

    Paths are built on the way out: an event that fits, as nearly all do, builds none.
    """
    if not found:
        return found
    return [Violation(each.code, (part, *each.path), each.message) for each in found]


def _compile(schema: Any, place: str) -> _Check:
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
    names: list[str], rules: list[Callable[[Any], str | None]], inner: _Check | None
) -> _Check:
    # Exact types: JSON decodes to nothing else, and True is an int by inheritance.
    types = frozenset(kind for name in names for kind in _TYPES[name])
    takes_whole = "integer" in names  # JSON has one number type: 2.0 is an integer
    expected = " or ".join(names)

    def check(value: Any) -> Sequence[Violation]:
        kind = type(value)
        if kind not in types and not (
            takes_whole and kind is float and value.is_integer()
        ):
            message = f"expected {expected}, found {_name_of(value)}"
            return [Violation("wrong_type", (), message)]
        found = inner(value) if inner else _NONE
        for rule in rules:
            if said := rule(value):
                found = [Violation("wrong_type", (), said), *found]
        return found

    return check


def _name_of(value: Any) -> str:
    return next((name for name in _NAMES if type(value) in _TYPES[name]), "null")


def _inner(schema: dict[str, Any], place: str) -> _Check | None:
    if "items" in schema:
        return _array(_compile(schema["items"], f"{place}[]"))
    if "properties" in schema:
        return _object(schema, place)
    return None


def _array(check_item: _Check) -> _Check:
    def check(value: Any) -> Sequence[Violation]:
        if not isinstance(value, list):
            return _NONE
        found: list[Violation] = []
        for index, element in enumerate(value):
            found += _within(index, check_item(element))
        return found

    return check


def _object(schema: dict[str, Any], place: str) -> _Check:
    known = {
        name: _compile(inner, f"{place}.{name}")
        for name, inner in schema["properties"].items()
    }
    required = tuple(schema.get("required", ()))
    if not set(required) <= set(known):
        raise Misconfigured(
            "required names a property that is not described", place=place
        )

    # Most properties have a type and no other rule: they are settled without a call.
    types_of = {
        name: frozenset((NoneType, *_plain_types(inner)))
        for name, inner in schema["properties"].items()
    }.get

    def check(value: Any) -> Sequence[Violation]:
        if not isinstance(value, dict):
            return _NONE
        found: list[Violation] = []
        for name in required:
            if value.get(name) is None:
                found += [Violation("missing_property", (name,), "is required")]
        for name, inner in value.items():
            if type(inner) not in types_of(name, _NONE):
                found += _within(name, known.get(name, _unplanned)(inner))
        return found

    return check


def _unplanned(_value: Any) -> Sequence[Violation]:
    return [Violation("unplanned_property", (), "is not planned")]


def _plain_types(schema: dict[str, Any]) -> tuple[type, ...]:
    """Return the types of a schema that has no other rule; none where it has one."""
    name = schema.get("type")
    if set(schema) & _RULES or not isinstance(name, str):
        return ()
    return _TYPES[name]


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
    rules += _bounds(schema, "minLength", "maxLength", (str,), len)
    # Compared as it is: a whole number of 400 digits is no float.
    rules += _bounds(schema, "minimum", "maximum", (int, float), operator.pos)
    return rules


def _bounds(
    schema: dict[str, Any],
    low: str,
    high: str,
    kinds: tuple[type, ...],
    measure: Callable[[Any], float],
) -> list[Callable[[Any], str | None]]:
    if low not in schema and high not in schema:
        return []
    least, most = schema.get(low, float("-inf")), schema.get(high, float("inf"))

    def rule(value: Any) -> str | None:
        if type(value) not in kinds or least <= measure(value) <= most:
            return None
        return f"must have {low} {least} and {high} {most}"

    return [rule]
