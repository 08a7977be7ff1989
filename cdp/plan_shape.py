"""Whether a file of the tracking plan has the shape that everything else relies on.

What it says is judged elsewhere (``cdp.plan_schema``, ``cdp.plan_rules``); here a list
is a list and a pattern can be read, so that a slip of the pen is told and not raised.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KeyPath = tuple[str | int, ...]
Rule = tuple[Callable[[Any], bool], str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is no value for its key.

    Attributes:
        path: Keys that lead to it in the file.
        message: What is wrong.
        fix: What to write instead.
    """

    path: KeyPath
    message: str
    fix: str

    @property
    def place(self) -> str:
        """The path as people write it, such as ``properties.lines[].price``."""
        parts = [str(part) for part in self.path]
        if parts[:2] == ["properties", "properties"]:
            parts = ["properties", *(part for part in parts if part != "properties")]
        return ".".join(parts).replace(".items", "[]")


def faults_of(document: Mapping[Any, Any]) -> Iterator[Fault]:
    """Yield what is wrong with the shape of a file; absent keys are told elsewhere."""
    yield from _wrong(document, _FILE, ())
    if "properties" in document:
        yield from _of_schema(document["properties"], ("properties",))


def _of_schema(schema: Any, path: KeyPath) -> Iterator[Fault]:
    if not isinstance(schema, dict) or not all(isinstance(key, str) for key in schema):
        fix = "Write names and values, such as {type: string}"
        yield Fault(path, f"{path[-1]} is no schema", fix)
        return
    yield from _wrong(schema, _KEYWORDS, path)
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        properties = {}
        fix = "Write names, each with its schema"
        yield Fault((*path, "properties"), "properties are no names with schemas", fix)
    for name, inner in properties.items():
        if isinstance(name, str):
            yield from _of_schema(inner, (*path, "properties", name))
        else:
            fix = f'Write "{name}" in quotes'
            yield Fault((*path, "properties"), f"the name {name} is no text", fix)
    if "items" in schema:
        yield from _of_schema(schema["items"], (*path, "items"))


def _wrong(
    part: Mapping[Any, Any], rules: Mapping[str, Rule], path: KeyPath
) -> Iterator[Fault]:
    for key, (is_right, words) in rules.items():
        if key in part and not is_right(part[key]):
            yield Fault((*path, key), f"{key} is not {words}", f"Write {words}")


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except re.error:
        return False


_TEXT: Rule = (_is_text, "text")
_FILE: Mapping[str, Rule] = {
    "name": (lambda value: isinstance(value, str) and value != "", "a name"),
    "description": _TEXT,
    "owner": _TEXT,
    "stage": _TEXT,
    "version": (_is_count, "a whole number"),
    "aliases": (lambda value: value is None or _are_texts(value), "a list of names"),
    "when_violated": (
        lambda value: value is None or isinstance(value, dict),
        "kinds of violation, each with what happens",
    ),
}
_KEYWORDS: Mapping[str, Rule] = {
    "type": (
        lambda value: isinstance(value, str) or (value != [] and _are_texts(value)),
        "a type or a list of types",
    ),
    "required": (_are_texts, "a list of names"),
    "enum": (lambda value: isinstance(value, list) and value != [], "a list of values"),
    "pattern": (_is_pattern, "a regular expression"),
    "minLength": (_is_count, "a whole number"),
    "maxLength": (_is_count, "a whole number"),
    "minimum": (_is_number, "a number"),
    "maximum": (_is_number, "a number"),
    "purposes": (_are_texts, "a list of purposes"),
    "description": _TEXT,
    "title": _TEXT,
    "format": _TEXT,
}
