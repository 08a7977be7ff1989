"""What a plan would send, record by record: fields, samples, and other contents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from activation.plan import Plan, Planned
from activation.syncs.bodies import changes_between
from activation.values import plain
from cdp.errors import CdpError
from orchestration.lineage.personal import masked

_SAMPLES = 3
_DIGEST_BYTES = 8
Changed = dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Contents:
    """What a plan would send.

    Attributes:
        fields: Records whose field would change, by field.
        samples: A few of them: the key, and what changes.
        digests: Of what each record would get, by key.
    """

    fields: dict[str, int] = field(default_factory=dict)
    samples: list[tuple[str, str]] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)

    def others_than(self, other: Contents) -> int:
        """Return how many records that both would send get something else."""
        return sum(
            digest != other.digests[key]
            for key, digest in self.digests.items()
            if key in other.digests
        )

    def is_of(self, other: Contents) -> bool:
        """Whether each record would get the same by both."""
        return self.digests == other.digests


def contents_of(plan: Plan, *, is_open: bool = False) -> Contents:
    """Return what a plan would send.

    Args:
        plan: The plan.
        is_open: Values of samples are shown as they are.
    """
    found = Contents()
    for planned, changed in _sent(plan):
        found.digests[planned.record_key] = _digest(planned.action, changed)
        for name in changed:
            found.fields[name] = found.fields.get(name, 0) + 1
        if len(found.samples) < _SAMPLES:
            told = _told(planned.action, changed, is_open=is_open)
            found.samples.append((planned.record_key, told))
    return found


def _sent(plan: Plan) -> Iterator[tuple[Planned, Changed]]:
    """Yield the records that the tool gets, with the fields that change."""
    mapping = plan.sync.fields
    for planned in plan.records():
        if planned.action == "delete":
            yield planned, {}
        if planned.action not in ("create", "update"):
            continue
        try:
            is_new = planned.action == "create"
            record = mapping.record(planned.row, None if is_new else planned.before)
        except CdpError:
            continue
        before = planned.before or {}
        yield planned, changes_between(before, {**before, **record})


def _told(action: str, changed: Changed, *, is_open: bool) -> str:
    if action != "update":
        return f"{action}d"
    return ", ".join(
        f"{name}: {_shown(before, is_open)} → {_shown(after, is_open)}"
        for name, (before, after) in changed.items()
    )


def _shown(value: Any, is_open: bool) -> str:
    if value is None:
        return "nothing"
    return str(value if is_open else masked(value))


def _digest(action: str, changed: Changed) -> bytes:
    after = {name: _canonical(changed[name][1]) for name in sorted(changed)}
    text = json.dumps([action, after], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


def _canonical(value: Any) -> Any:
    """Return a value so that what a tool takes for one is written as one."""
    value = plain(value)
    if isinstance(value, Mapping):
        return {str(name): _canonical(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    if isinstance(value, Decimal | float | int) and not isinstance(value, bool):
        number = Decimal(str(value))
        return ["number", *number.as_integer_ratio()] if number.is_finite() else None
    return value
