"""What a good file of the tracking plan is: names, owners, descriptions, money, ids.

Rules of one file. Names are objects and what was done to them, in the past tense and in
snake_case, as in the guide's template of a plan (S-12, S-13).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdp.errors import Misconfigured
from cdp.plan_files import TRAITS, Document, properties_of, written
from cdp.plan_schema import KeyPath, compile_object

KEYS = frozenset(
    (
        *("name", "description", "owner", "version", "stage", "aliases"),
        *("when_violated", "properties"),
    )
)
_TYPES = frozenset({"page", "screen", "group", TRAITS})
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PAST = re.compile(
    r"ed|begun|bought|sold|sent|paid|left|lost|won|made|seen|read|taken|given|found"
    r"|met|put|set|shown|chosen|held|kept|spent|written|withdrawn|built|cut|hit"
)
_MONEY = re.compile(
    r"(.*_)?(price|total|subtotal|revenue|tax|shipping|discount|amount|value|refund|fee)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a file.

    Attributes:
        severity: error or warning.
        code: A short name of the rule.
        path: Keys that lead to it in the file.
        message: What is wrong.
        fix: What to write instead.
    """

    severity: str
    code: str
    path: KeyPath
    message: str
    fix: str


def findings_of(name: str, document: Document) -> Iterator[Finding]:
    """Yield what is wrong with a file that can be read."""
    yield from _of_keys(document)
    if name not in _TYPES:
        yield from _of_name(name)
    schema = document.get("properties")
    if not isinstance(schema, dict):
        return
    for path, inner, _ in properties_of(schema):
        yield from _of_property(name, path, inner)
    yield from _of_money(schema)


def _of_keys(document: Document) -> Iterator[Finding]:
    for key in sorted(set(map(str, document)) - KEYS):
        message = f"{key} means nothing to the plan"
        yield _error("unknown_key", (key,), message, f"Use {', '.join(sorted(KEYS))}")
    for key, what in (("description", "what happened"), ("owner", "who answers")):
        if not str(document.get(key) or "").strip():
            yield _error(f"no_{key}", (key,), f"{key} is empty", f"Say {what}")


def _of_name(name: str) -> Iterator[Finding]:
    fix = "Name the object and what was done to it, such as product_added"
    if not _SNAKE.fullmatch(name):
        yield _error("name", ("name",), f"{name!r} is not in snake_case", fix)
    elif "_" not in name or not any(_is_past(word) for word in name.split("_")):
        message = f"{name!r} does not say what was done, in the past tense"
        yield _error("name", ("name",), message, fix)


def _is_past(word: str) -> bool:
    found = _PAST.fullmatch(word)
    return found is not None or (word.endswith("ed") and len(word) > 3)


def _of_property(
    event: str, path: KeyPath, schema: Mapping[str, Any]
) -> Iterator[Finding]:
    name, place = str(path[-1]), place_of(path)
    called = written(path)
    types = schema.get("type")
    names = {types} if isinstance(types, str) else set(types or ())
    if not str(schema.get("description") or "").strip():
        yield _error(
            "no_description", place, f"{called} has no description", "Say what it is"
        )
    if not names:
        yield _error("no_type", place, f"{called} has no type", "Say its type")
    elif (name == "id" or name.endswith("_id")) and names != {"string"}:
        message = f"{called} is an id, and no string"
        yield _error("id_type", place, message, "Write type: string")
    elif _MONEY.fullmatch(name) and names == {"string"} and not _is_inner(path):
        message = f"{called} is money, and no number"
        yield _error("money_type", place, message, "Write type: number")
    if event != TRAITS and not _SNAKE.fullmatch(name):
        message = f"{called} is not in snake_case"
        yield Finding("warning", "property_name", place, message, "Write it so")
    yield from _of_examples(path, schema)


def _is_inner(path: KeyPath) -> bool:
    """Whether it is a part of something that is no product, as a filter's value is."""
    return "[]" in path and path[0] != "products"


def _of_examples(path: KeyPath, schema: Mapping[str, Any]) -> Iterator[Finding]:
    examples = schema.get("examples") or []
    place = (*place_of(path), "examples")
    if not isinstance(examples, list):
        yield _error("example", place, "examples is no list", "Write [one, two]")
        return
    one = {"type": "object", "properties": {"value": dict(schema)}}
    try:
        check = compile_object(one, "example", written(path))
    except Misconfigured:
        return  # told when the plan is read
    for example in examples:
        for violation in check({"value": example}):
            message = f"an example of {written(path)} {violation.message}"
            fix = "Give one that fits the schema"
            yield _error("example", place, message, fix)


def _of_money(schema: Mapping[str, Any]) -> Iterator[Finding]:
    paths = [
        path
        for path, inner, _ in properties_of(schema)
        if _MONEY.fullmatch(str(path[-1])) and inner.get("type") == "number"
    ]
    if paths and "currency" not in (schema.get("properties") or {}):
        yield _error(
            "no_currency",
            place_of(paths[0]),
            f"{written(paths[0])} is money without a currency",
            "Plan a property currency, ISO 4217",
        )


def place_of(path: KeyPath) -> KeyPath:
    """Return where in its file a property stands."""
    place: list[str | int] = ["properties"]
    for part in path:
        place += ["items"] if part == "[]" else ["properties", part]
    return tuple(place)


def _error(code: str, path: KeyPath, message: str, fix: str) -> Finding:
    return Finding("error", code, path, message, fix)
