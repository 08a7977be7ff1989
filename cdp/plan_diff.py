"""``cdp plan diff``: what changed in the plan, and whom it breaks.

Breaking means: what a sender sends today, and fits, would be quarantined or lose a
property under the new plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cdp.plan_files import Document, properties_of, written

_STRICTNESS = ("allow", "strip", "quarantine")
_TEXTS = ("description", "owner", "stage")
_NOTES = ("description", "title", "examples", "format", "personal", "purposes")
_LOWER = ("minLength", "minimum")
_UPPER = ("maxLength", "maximum")


class Change(msgspec.Struct, frozen=True):
    """One change of an event.

    Attributes:
        what: What changed, in words.
        property: Which property; empty for the event itself.
        is_breaking: What fits now may not fit then.
    """

    what: str
    property: str = ""
    is_breaking: bool = False


class EventChange(msgspec.Struct, frozen=True):
    """All changes of one event.

    Attributes:
        event: Its name.
        kind: new, changed or removed.
        changes: What changed.
        version: Before and after; None where there is none.
        is_version_raised: The version has grown, or the event is new or gone.
    """

    event: str
    kind: str
    changes: tuple[Change, ...]
    version: tuple[int | None, int | None]
    is_version_raised: bool

    @property
    def is_breaking(self) -> bool:
        """Whether any change is."""
        return any(change.is_breaking for change in self.changes)


def differences(
    before: Mapping[str, Document], after: Mapping[str, Document]
) -> list[EventChange]:
    """Compare two plans, event by event.

    Args:
        before: Files by name, as ``cdp.plan_files`` reads them.
        after: The same, later.
    """
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if new is None:
            assert old is not None  # noqa: S101 - it is in one of the two
            removed = Change("the event was removed", is_breaking=True)
            found.append(_event(name, "removed", (removed,), old, None))
        elif old is None:
            added = tuple(_of_new(new))
            found.append(_event(name, "new", added, None, new))
        else:
            changes = tuple(_of_event(old, new))
            found.append(_event(name, "changed", changes, old, new))
    return found


def _event(
    name: str,
    kind: str,
    changes: tuple[Change, ...],
    old: Document | None,
    new: Document | None,
) -> EventChange:
    was = old.get("version") if old else None
    now = new.get("version") if new else None
    is_raised = was is None or now is None or now > was
    return EventChange(name, kind, changes, (was, now), is_raised)


def _of_new(new: Document) -> Iterator[Change]:
    yield Change("the event is new")
    for path, _, is_required in properties_of(new.get("properties") or {}):
        yield Change("added, required" if is_required else "added", written(path))


def _of_event(old: Document, new: Document) -> Iterator[Change]:
    for key in _TEXTS:
        if old.get(key) != new.get(key):
            yield Change(f"{key} was rewritten")
    was, now = old.get("aliases") or (), new.get("aliases") or ()
    for alias in (name for name in was if name not in now):
        yield Change(f"the alias {alias} was removed", is_breaking=True)
    for alias in (name for name in now if name not in was):
        yield Change(f"the alias {alias} was added")
    yield from _of_actions(old, new)
    yield from _of_properties(old, new)
    if set(old) == set(new) and _without_version(old) == _without_version(new):
        yield Change("the version alone")


def _without_version(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "version"}


def _of_actions(old: Document, new: Document) -> Iterator[Change]:
    for code in ("unplanned_property", "wrong_type", "missing_property"):
        was, now = _action(old, code), _action(new, code)
        if was != now:
            is_stricter = _STRICTNESS.index(now) > _STRICTNESS.index(was)
            yield Change(f"{code}: {was} became {now}", is_breaking=is_stricter)


def _action(document: Document, code: str) -> str:
    action = str((document.get("when_violated") or {}).get(code, "quarantine"))
    return action if action in _STRICTNESS else "quarantine"


def _of_properties(old: Document, new: Document) -> Iterator[Change]:
    before = {
        path: (schema, needed)
        for path, schema, needed in properties_of(old.get("properties") or {})
    }
    after = {
        path: (schema, needed)
        for path, schema, needed in properties_of(new.get("properties") or {})
    }
    is_refused = _action(new, "missing_property") == "quarantine"
    is_judged = _action(new, "wrong_type") != "allow"
    for path, (schema, is_required) in before.items():
        if path not in after:
            unplanned = _action(new, "unplanned_property")
            yield Change("removed", written(path), is_breaking=unplanned != "allow")
            continue
        now, now_required = after[path]
        name = written(path)
        if is_required != now_required:
            what = "is required now" if now_required else "is no longer required"
            yield Change(what, name, is_breaking=now_required and is_refused)
        inner = _of_elements(name, schema, now)
        for change in (*_of_schema(name, schema, now), *inner):
            is_breaking = change.is_breaking and is_judged
            yield Change(change.what, change.property, is_breaking)
    for path, (_, is_required) in after.items():
        if path not in before:
            what = "added, required" if is_required else "added"
            # in an object that is new itself, nobody can lack it
            is_breaking = is_required and is_refused and _was_there(path[:-1], before)
            yield Change(what, written(path), is_breaking)


def _was_there(parent: tuple[str | int, ...], before: Mapping[Any, Any]) -> bool:
    while parent and parent[-1] == "[]":
        parent = parent[:-1]
    return not parent or parent in before


def _of_schema(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    was, now = _types(old), _types(new)
    if was != now:
        text = f"type {_listed(was)} became {_listed(now)}"
        yield Change(text, name, is_breaking=not was <= now)
    if old.get("enum") != new.get("enum"):
        yield _of_enum(name, old.get("enum"), new.get("enum"))
    if old.get("pattern") != new.get("pattern"):
        is_breaking = new.get("pattern") is not None
        yield Change("the pattern changed", name, is_breaking)
    for key in (*_LOWER, *_UPPER):
        if old.get(key) != new.get(key):
            text = f"{key} {old.get(key)} became {new.get(key)}"
            yield Change(text, name, _is_tighter(key, old.get(key), new.get(key)))
    for key in _NOTES:
        if old.get(key) != new.get(key):
            yield Change(f"{key} was rewritten", name)


def _of_elements(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """Compare what a list holds; properties in it are compared by their own paths."""
    was, now = old.get("items") or {}, new.get("items") or {}
    if was != now:
        yield from _of_schema(f"{name}[]", was, now)
        yield from _of_elements(f"{name}[]", was, now)


def _of_enum(name: str, old: list[Any] | None, new: list[Any] | None) -> Change:
    if new is None:
        return Change("any value is allowed now", name)
    if old is None:
        return Change(f"only {new} are allowed now", name, is_breaking=True)
    gone = [value for value in old if value not in new]
    if gone:
        return Change(f"{gone} are no longer allowed", name, is_breaking=True)
    more = [value for value in new if value not in old]
    return Change(f"{more} are allowed too" if more else "the order changed", name)


def _is_tighter(key: str, old: float | None, new: float | None) -> bool:
    if new is None:
        return False
    return old is None or (new > old if key in _LOWER else new < old)


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the types that are taken; a number may be an integer."""
    kinds = schema.get("type") or [
        *("string", "number", "boolean", "object", "array", "integer")
    ]
    names = {kinds} if isinstance(kinds, str) else set(kinds)
    return frozenset(names | ({"integer"} if "number" in names else set()))


def _listed(types: frozenset[str]) -> str:
    shown = types - ({"integer"} if "number" in types else set())
    return " or ".join(sorted(shown))
