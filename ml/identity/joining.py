"""Which likely pairs may join people: the surest first, none that is contradicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_PEOPLE = 10
"""How many people, as exact links make them, probable links may make one of."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for certain of the people that links may join, by customer id.

    Attributes:
        logins: Of each customer that has any.
        birth_dates: Of each customer of whom any is known.
    """

    logins: Mapping[str, frozenset[str]]
    birth_dates: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class _Group:
    people: set[str]
    logins: set[str]
    birth_dates: set[str] = field(default_factory=set)


def refusals(
    pairs: Iterable[tuple[str, str]], known: Known
) -> list[tuple[str, str] | None]:
    """Judge pairs of customers, those before having been joined.

    Args:
        pairs: Customer ids, the surest pair first.
        known: What contradicts.

    Returns:
        For each pair None, or the reason (a short name) and an explanation.
    """
    groups: dict[str, _Group] = {}

    def group_of(customer_id: str) -> _Group:
        if customer_id not in groups:
            groups[customer_id] = _Group(
                {customer_id},
                set(known.logins.get(customer_id, ())),
                set(known.birth_dates.get(customer_id, ())),
            )
        return groups[customer_id]

    judged: list[tuple[str, str] | None] = []
    for left_id, right_id in pairs:
        left, right = group_of(left_id), group_of(right_id)
        reason = None if left is right else _contradiction(left, right)
        judged.append(reason)
        if reason is None and left is not right:
            left.people |= right.people
            left.logins |= right.logins
            left.birth_dates |= right.birth_dates
            groups.update(dict.fromkeys(right.people, left))
    return judged


def _contradiction(left: _Group, right: _Group) -> tuple[str, str] | None:
    if left.logins and right.logins:
        return "contradicted_user_id", "each of the two has a login of its own"
    born = left.birth_dates, right.birth_dates
    if all(born) and not born[0] & born[1]:
        return "contradicted_birth_date", "the two were born on different days"
    if len(left.people) + len(right.people) > MOST_PEOPLE:
        return "too_many", f"would make one of more than {MOST_PEOPLE} people"
    return None
