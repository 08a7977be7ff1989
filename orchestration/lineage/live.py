"""Fields that live connections fill, found by trying.

Each connection translates an example of each planned event; then one property after
the other is changed, and the fields that change with it are made of it. This holds
for every destination, whatever it computes or hashes, and asks nobody.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from activation.connection import Connection
from activation.connections import open_connections
from activation.consent import ConsentRule
from activation.plan_destinations import name_in
from cdp.errors import CdpError
from cdp.plan_example import example_event
from cdp.plan_files import Document, documents_now, properties_of, written
from cdp.settings import REFERENCE, WORKSPACE_FILE, Settings
from orchestration.lineage.fields import Field
from orchestration.lineage.graph import Problem
from orchestration.lineage.place import EVENTS, TO, Place, Step

_ELSEWHERE = {"identify": "traits", "group": "traits"}
_ENVELOPE = ("userId", "anonymousId", "timestamp", "messageId", "groupId")
_COLUMNS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "timestamp": "timestamp",
    "messageId": "message_id",
    "groupId": "group_id",
}
Found = dict[Place, tuple[Field, tuple[Step, ...]]]


def live_fields(settings: Settings) -> tuple[Found, list[Problem]]:
    """Return the fields of all connections with what they are made of.

    Secrets that are not set are made up: nothing is sent.
    """
    documents = documents_now(settings.project_dir / "tracking_plan")
    settings = replace(settings, environment=_environment(settings))
    found: Found = {}
    problems = []
    for name in settings.names("connections"):
        try:
            [connection] = open_connections(settings, [name])
        except CdpError as error:
            problems.append(Problem(f"connection {name}", error.message))
            continue
        try:
            for field, step in _of_connection(connection, documents):
                known = found.get(field.place)
                steps = (*(known[1] if known else ()), step)
                found[field.place] = (field, steps)
        finally:
            connection.destination.close()
    return found, problems


def _environment(settings: Settings) -> dict[str, str]:
    file = settings.project_dir / WORKSPACE_FILE
    names = [
        match.group(1) for match in REFERENCE.finditer(file.read_text(encoding="utf-8"))
    ]
    made_up = {
        name: "https://tool.invalid" if name.endswith("URL") else "made-up"
        for name in names
    }
    return made_up | dict(settings.environment)


def _of_connection(
    connection: Connection, documents: Mapping[str, Document]
) -> Iterator[tuple[Field, Step]]:
    asked = replace(connection, consent=ConsentRule())
    for name, document in documents.items():
        example = example_event(name, document)
        usual = _translated(asked, example)
        if not usual:
            continue
        for origin, changed in _changes(example, document):
            other = _translated(asked, changed)
            for column in sorted(_differing(usual, other)):
                place = Place(
                    f"{TO}{connection.destination_name}.events",
                    column,
                    among=(("connection", (connection.name,)),),
                )
                said = (f"translated by {connection.kind}",)
                yield (
                    Field(place, connection.name, "live", f"from {origin.name}"),
                    Step(origin, "value", said),
                )


def _translated(connection: Connection, event: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that a destination gets for an event, by dotted path."""
    decision = connection.decide(event)
    found: dict[str, Any] = {}
    for payload in decision.payloads:
        name = name_in(payload.body) or payload.lane
        found |= {f"{name}.{path}": value for path, value in _leaves(payload.body, "")}
    return found


def _differing(usual: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    if not other:  # the destination refuses it: that says nothing of its fields
        return set()
    nothing = object()
    return {path for path, value in usual.items() if other.get(path, nothing) != value}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path, value


def _changes(
    example: dict[str, Any], document: Document
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the example without one property, or with another value of it."""
    root = _ELSEWHERE.get(example["type"], "properties")
    event = (str(example.get("event") or example["type"]),)
    for path, schema, _ in properties_of(document["properties"]):
        if "properties" in schema or "items" in schema:
            continue
        changed = copy.deepcopy(example)
        if _change(changed[root], list(path)):
            yield Place(EVENTS, root, written(path), events=event), changed
    for key in _ENVELOPE:
        if example.get(key) is not None:
            changed = copy.deepcopy(example)
            _change(changed, [key])
            yield Place(EVENTS, _COLUMNS[key], events=event), changed


def _change(value: Any, path: list[Any]) -> bool:
    step = path.pop(0)
    place = 0 if step == "[]" else step
    try:
        inner = value[place]
    except (KeyError, IndexError, TypeError):
        return False
    if path:
        return _change(inner, path)
    value[place] = _other(inner)
    return True


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, list):
        return []
    if isinstance(value, str):
        return _other_text(value)
    return None


def _other_text(value: str) -> str:
    """Return another text of the same shape: its last digit or letter is another."""
    for is_wanted in (str.isdigit, str.isalpha):
        for at in reversed(range(len(value))):
            if is_wanted(value[at]):
                other = (
                    ("1" if value[at] == "0" else "0")
                    if value[at].isdigit()
                    else ("b" if value[at] == "a" else "a")
                )
                return value[:at] + other + value[at + 1 :]
    return "other"
