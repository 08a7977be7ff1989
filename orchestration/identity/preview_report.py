"""A comparison of two answers to who is who, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestration.identity.differences import Differences, Regrouped

_SHOWN_IDENTIFIERS = 6
_SHOWN_REASONS = 3


def report_lines(found: Differences) -> Iterator[str]:
    """Return counts, then the people as examples."""
    yield f"{found.people_before:,} people now, {found.people_after:,} with these rules"
    yield f"  {found.split_count:,} would be split"
    yield f"  {found.merged_count:,} would be made of several"
    yield f"  {found.moved:,} identifiers would get another customer id"
    yield f"  {found.lost:,} identifiers would belong to nobody"
    yield f"  {found.gained:,} identifiers that belong to nobody would get a customer"
    for one in found.splits:
        yield from ("", f"{one.customer_id} would be {len(one.parts)} people:")
        yield from _example(one, "no longer linked")
    for one in found.merges:
        yield from ("", f"{one.customer_id} would be made of {len(one.parts)} people:")
        yield from _example(one, "linked from now on")


def _example(one: Regrouped, what: str) -> Iterator[str]:
    for customer_id, identifiers in one.parts.items():
        yield f"  {customer_id}  {_some(identifiers, _SHOWN_IDENTIFIERS, ', ')}"
    if one.reasons:
        yield f"  {what}: {_some(one.reasons, _SHOWN_REASONS, '; ')}"


def _some(texts: Sequence[str], count: int, between: str) -> str:
    more = len(texts) - count
    shown = between.join(texts[:count])
    return f"{shown} and {more:,} more" if more > 0 else shown
