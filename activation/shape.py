"""What a connection's own settings make of an event: mapping without code.

``events`` and ``properties`` each have ``allow``, ``deny`` and ``rename``;
``constants`` are properties that every event gets; ``fields`` set what the tool gets,
by its own field names, last of all::

    connections:
      ads:
        events: {allow: [order_completed], rename: {order_completed: Purchase}}
        properties: {deny: [margin], rename: {total: value}}
        constants: {store: main}
        fields:
          custom_data.tier: context.traits.tier
          custom_data.value: {from: properties.net, as: number, default: 0}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from activation.destinations.mapping import (
    first,
    lower,
    number,
    put,
    text,
    upper,
    whole,
)
from cdp.errors import Misconfigured

CHANGES: dict[str, Callable[[Any], Any]] = {
    "text": text,
    "number": number,
    "whole": whole,
    "lower": lower,
    "upper": upper,
}


@dataclass(frozen=True, slots=True)
class Names:
    """Which names pass, and what they are called afterwards.

    Attributes:
        allow: Only these pass; all where it is None.
        deny: These do not.
        rename: New name by old.
    """

    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict)

    def passes(self, name: str) -> bool:
        """Say whether a name passes."""
        return name not in self.deny and (self.allow is None or name in self.allow)

    @property
    def is_needed(self) -> bool:
        """Whether anything changes at all."""
        return self.allow is not None or bool(self.deny) or bool(self.rename)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of the tool that the connection sets itself.

    Attributes:
        target: Dotted path in what the tool gets.
        paths: Where in the event its value comes from, the first that has one.
        constant: The value where there are no paths.
        default: The value where no path has one; None leaves the field as it was.
        change: What the value becomes.
        events: Only for these events; for all where it is empty.
    """

    target: str
    paths: tuple[str, ...] = ()
    constant: Any = None
    default: Any = None
    change: Callable[[Any], Any] | None = None
    events: frozenset[str] = frozenset()

    def value(self, event: Mapping[str, Any]) -> Any:
        """Return the field's value for an event; None where it has none."""
        found = first(event, self.paths) if self.paths else self.constant
        if found is not None and self.change is not None:
            found = self.change(found)
        return self.default if found is None else found


@dataclass(frozen=True, slots=True)
class Shape:
    """All of it for one connection."""

    events: Names = field(default_factory=Names)
    properties: Names = field(default_factory=Names)
    constants: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[FieldRule, ...] = ()

    def takes(self, event: Mapping[str, Any]) -> bool:
        """Say whether the connection wants this event at all."""
        return self.events.passes(name_of(event))

    def shaped(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the event under its new names, with constants; a copy if changed."""
        named = self.events.rename.get(name_of(event))
        if named is not None:
            event = {**event, "event": named}
            if event.get("type") in {"page", "screen"}:
                event["type"] = "track"
        if not (self.properties.is_needed or self.constants):
            return event
        kept = {
            self.properties.rename.get(name, name): value
            for name, value in (event.get("properties") or {}).items()
            if self.properties.passes(name)
        }
        return {**event, "properties": {**kept, **self.constants}}

    def set_fields(
        self, body: dict[str, Any], event: Mapping[str, Any], name: str
    ) -> None:
        """Set the connection's own fields in what the tool gets.

        Args:
            body: What the destination made of the event; it is changed.
            event: The event that values come from.
            name: What the event is called in the plan.
        """
        for rule in self.fields:
            if rule.events and name not in rule.events:
                continue
            value = rule.value(event)
            if value is not None:
                put(body, rule.target, value)


def name_of(event: Mapping[str, Any]) -> str:
    """Return what rules call an event: a track's name, else its type."""
    return str(event.get("event") or event.get("type") or "")


def read_shape(section: Mapping[str, Any], place: str) -> Shape:
    """Read a connection's ``events``, ``properties``, ``constants`` and ``fields``.

    Raises:
        Misconfigured: One of them is not written as it must be.
    """
    constants = section.get("constants") or {}
    fields = section.get("fields") or {}
    for name, value in (("constants", constants), ("fields", fields)):
        if not isinstance(value, Mapping):
            raise Misconfigured("expected names and values", place=f"{place}.{name}")
    return Shape(
        _names(section.get("events"), f"{place}.events"),
        _names(section.get("properties"), f"{place}.properties"),
        dict(constants),
        tuple(
            _rule(target, written, f"{place}.fields.{target}")
            for target, written in fields.items()
        ),
    )


def _names(written: Any, place: str) -> Names:
    if written is None:
        return Names()
    if isinstance(written, list):  # the short form
        written = {"allow": written}
    if not isinstance(written, Mapping) or set(written) - {"allow", "deny", "rename"}:
        raise Misconfigured(
            "expected allow, deny and rename",
            place=place,
            fix="Write a list of what passes, or allow: […], deny: […], rename: {…}",
        )
    allow, rename = written.get("allow"), written.get("rename") or {}
    if not isinstance(rename, Mapping):
        raise Misconfigured("expected old: new", place=f"{place}.rename")
    return Names(
        None if allow is None else frozenset(map(str, allow)),
        frozenset(map(str, written.get("deny") or ())),
        {str(old): str(new) for old, new in rename.items()},
    )


def _rule(target: str, written: Any, place: str) -> FieldRule:
    if isinstance(written, str):
        return FieldRule(target, (written,))
    known = {"from", "constant", "default", "as", "events"}
    if not isinstance(written, Mapping) or not {"from", "constant"} & set(written):
        raise Misconfigured(
            "a field has from (a path of the event, or several) or constant",
            place=place,
            fix="Write field: properties.total, or field: {constant: USD}",
        )
    unknown = sorted(set(written) - known)
    change = written.get("as")
    if unknown or (change is not None and change not in CHANGES):
        raise Misconfigured(
            f"{', '.join(unknown) or f'as: {change}'} is not understood",
            place=place,
            fix=f"Use {', '.join(sorted(known))}; as is one of {', '.join(CHANGES)}",
        )
    paths = written.get("from", ())
    return FieldRule(
        target,
        (paths,) if isinstance(paths, str) else tuple(paths),
        written.get("constant"),
        written.get("default"),
        CHANGES[change] if change else None,
        frozenset(written.get("events") or ()),
    )
