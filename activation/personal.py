"""What a destination may see of a person: the plan's purposes, and no name unhashed.

A property that the tracking plan gives only some purposes is taken out for destinations
of others. Advertising tools match people by hashes: what a destination for advertising
made of an event is searched for the event's own addresses, telephone numbers and names,
and those are blotted out wherever they stand, a page's address included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from activation.destinations.addresses import addresses
from activation.destinations.mapping import FIRST_NAME, LAST_NAME, PHONE, find
from cdp.plan_schema import KeyPath
from cdp.tracking_plan import TrackingPlan

BLOT = "[personal]"
_NAMES = (
    *(path for path in (*FIRST_NAME, *LAST_NAME)),
    *("traits.name", "context.traits.name"),
)
_FEWEST_DIGITS = 7
_NATIONAL_DIGITS = 9  # of a number with its country: people write it without
_FEWEST_LETTERS = 3  # of a name that is looked for within a text


def without_purposes(
    event: dict[str, Any], plan: TrackingPlan, purpose: str
) -> dict[str, Any]:
    """Return the event without what the plan does not mean for this purpose.

    A copy where something was taken out; the event itself stays as it was.
    """
    kind = event.get("type")
    planned = (
        plan.traits
        if kind in ("identify", "group")
        else plan.events.get(_planned(event))
    )
    root = "traits" if kind in ("identify", "group") else "properties"
    if planned is not None:
        event = _without(event, (root,), planned.purposes, purpose)
    return _without(event, ("context", "traits"), plan.traits.purposes, purpose)


def _planned(event: Mapping[str, Any]) -> str:
    return str(
        event.get("event") if event.get("type") == "track" else event.get("type")
    )


def _without(
    event: dict[str, Any],
    root: KeyPath,
    purposes: Mapping[KeyPath, frozenset[str]],
    purpose: str,
) -> dict[str, Any]:
    for path, allowed in purposes.items():
        if purpose not in allowed:
            event = _pruned(event, (*root, *path))
    return event


def _pruned(value: Any, path: KeyPath) -> Any:
    """Return a value without what stands at a path; ``[]`` is every element."""
    step, *rest = path
    if step == "[]" and isinstance(value, list):
        return [_pruned(each, tuple(rest)) if rest else each for each in value]
    if not isinstance(value, Mapping) or step not in value:
        return value
    if not rest:
        return {name: inner for name, inner in value.items() if name != step}
    return {**value, step: _pruned(value[step], tuple(rest))}


def blotted(body: Any, event: Mapping[str, Any]) -> Any:
    """Return what a tool gets without anything that names a person in plain text.

    Args:
        body: What the destination made of the event.
        event: The event, for its own names and telephone numbers.
    """
    names = {
        str(found).strip().lower()
        for path in _NAMES
        if isinstance(found := find(event, path), str) and len(found.strip()) > 1
    }
    phones = {
        digits[-_NATIONAL_DIGITS:]
        for path in PHONE
        if len(digits := _digits(find(event, path))) >= _FEWEST_DIGITS
    }
    return _blot(body, frozenset(names), frozenset(phones))


def _digits(value: Any) -> str:
    return re.sub(r"\D", "", str(value)) if isinstance(value, str | int) else ""


def _blot(value: Any, names: frozenset[str], phones: frozenset[str]) -> Any:
    if isinstance(value, str):
        return _blot_text(value, names, phones)
    if isinstance(value, dict):
        return {
            _blot_text(str(key), names, phones): _blot(each, names, phones)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_blot(each, names, phones) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return BLOT if _has_phone(value, phones) else value
    return value


def _blot_text(value: str, names: frozenset[str], phones: frozenset[str]) -> str:
    if _is_hash(value):
        return value
    if value.strip().lower() in names:
        return BLOT
    value = _without_addresses(value)
    if phones and _has_phone(unquote(value), phones):
        return BLOT
    lowered = value.lower()
    for name in names:
        if len(name) >= _FEWEST_LETTERS and name in lowered:
            word = rf"(?<!\w){re.escape(name)}(?!\w)"
            value = re.sub(word, BLOT, value, flags=re.IGNORECASE)
    return value


def _without_addresses(text: str) -> str:
    parts, done = [], 0
    for start, end in addresses(text):
        parts += [text[done:start], BLOT]
        done = end
    return "".join([*parts, text[done:]]) if parts else text


def _has_phone(value: Any, phones: frozenset[str]) -> bool:
    digits = _digits(value)
    return any(phone in digits for phone in phones)


def _is_hash(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-fA-F]{64}", value))
