"""A planned record as its destination takes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from activation.destinations.delivery import Item
from activation.destinations.registry import (
    AskingDestination,
    RecordDestination,
    holds_only_ours,
    kind_of,
    kinds_that_say,
)
from activation.exposures import Sync
from activation.plan import Planned
from activation.syncs.mapping import FieldMapping
from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings

SUPPRESSED = "the person is suppressed"
_REMOVING = frozenset({"mirror", "delete"})
# the tool is asked what it has
_ASKING = {"update_only": "prepare_update", "insert": "prepare_creation"}


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent for a record.

    Attributes:
        item: Encoded for the destination.
        fields: What the tool has afterwards, by field.
        known: What it told that it has, in the fields that are filled once.
    """

    item: Item
    fields: dict[str, Any] = field(repr=False)
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)


def check_mode(settings: Settings, sync: Sync, destination: RecordDestination) -> None:
    """See that a destination can do what a sync's mode asks for.

    Raises:
        Misconfigured: It cannot.
    """
    mode = sync.meta.mode
    kind = kind_of(settings, sync.meta.destination)
    is_ours = holds_only_ours(settings, sync.meta.destination)
    cannot_remove = mode in _REMOVING and not hasattr(destination, "prepare_removal")
    if cannot_remove or (mode == "append" and not is_ours):
        why = "deletes nothing" if cannot_remove else "matches records by key"
        raise Misconfigured(
            f"{kind} {why}: mode {mode} is not possible",
            place=f"exposure {sync.name}: config.meta.sync.mode",
            fix="Use upsert, insert or update_only",
        )
    if mode in _ASKING and not is_ours:
        _check_asking(sync, destination, kind)


def _check_asking(sync: Sync, destination: RecordDestination, kind: str) -> None:
    mode = sync.meta.mode
    # who is in an audience already is not changed by being added
    is_audience = hasattr(destination, "prepare_change")
    if not hasattr(destination, _ASKING[mode]) and not (
        mode == "insert" and is_audience
    ):
        raise Misconfigured(
            f"mode {mode} needs a tool that says which records it has: {kind} does not",
            place=f"exposure {sync.name}: config.meta.sync.mode",
            fix=f"Use upsert, or one of {', '.join(kinds_that_say())}",
        )
    check: Any = getattr(destination, "check_asking", None)
    if check is not None:
        check()


def is_asked(mode: str, destination: RecordDestination) -> bool:
    """Return whether the tool is asked for each record before it is sent."""
    return hasattr(destination, _ASKING.get(mode, ""))


def body_of(
    planned: Planned,
    mapping: FieldMapping,
    mode: str,
    destination: RecordDestination,
    *,
    known: Mapping[str, Any] | None = None,
) -> Body:
    """Return what is sent for a planned record.

    Args:
        planned: The record.
        mapping: The sync's.
        mode: The sync's.
        destination: Where it is sent.
        known: What the tool told that it has, in the fields that are filled once.

    Raises:
        Rejected: It cannot be sent.
    """
    is_told_key = getattr(destination, "is_told_key", False)
    key = {"key": planned.record_key} if is_told_key else {}
    if planned.action == "delete":
        fields = _removed(planned, mapping, mode)
        prepare: Any = getattr(destination, "prepare_removal")  # noqa: B009 - optional
        return Body(prepare(fields, **key), fields)
    # what appends makes a new record of a change
    before = planned.before if planned.action == "update" else None
    before = {**(before or {}), **known} if known else before
    record = mapping.record(planned.row, before)
    fields = (before or {}) | record
    change: Any = getattr(destination, "prepare_change", None)
    if change is not None and before:
        return Body(change(before, fields), fields)
    return Body(_prepare_in(mode, destination)(record, **key), fields, known or {})


def _prepare_in(mode: str, destination: RecordDestination) -> Callable[..., Item]:
    if not is_asked(mode, destination):
        return destination.prepare
    asking = cast("AskingDestination", destination)
    return asking.prepare_update if mode == "update_only" else asking.prepare_creation


def _removed(planned: Planned, mapping: FieldMapping, mode: str) -> dict[str, Any]:
    if mode == "delete":
        return mapping.record(planned.row, None)
    if planned.before is None:
        raise Rejected("what was delivered is not known, so it cannot be deleted")
    return planned.before


def changes_between(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Return the fields that differ, with what the tool has and what it will have."""
    known = before or {}
    return {
        name: (known.get(name), after.get(name))
        for name in {**after, **known}
        if not _is_same(known.get(name), after.get(name))
    }


def _is_same(one: Any, other: Any) -> bool:
    """Say whether a tool would take two values for one.

    12.30 of the warehouse and 12.3 of the ledger's JSON are one amount; true and 1
    are not one value.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _is_same(one[name], other[name]) for name in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(_comparable(one) == _comparable(other))


def _comparable(value: Any) -> Any:
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, float):
        # as it is written: JSON has no NaN
        return Decimal(repr(value)) if math.isfinite(value) else None
    return value
