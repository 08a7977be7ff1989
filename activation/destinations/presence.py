"""Records that are sent only where the tool has them, or only where it lacks them.

The tool is asked for a batch first, and gets what is left of it by an endpoint that
cannot do the other thing, where it has one: between the two somebody may be quicker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from activation.destinations.delivery import Item
from activation.destinations.outcome import NotTaken, Outcome, Status

# how the lanes of such records begin
UPDATE, CREATE = "update", "create"
ABSENT = Outcome(Status.LEFT, "the tool has no such record")


def asked_by(at_once: int) -> dict[str, int]:
    """Return for how many records one request asks, by what is done with them."""
    return {UPDATE: at_once, CREATE: at_once}


def present(remote_id: str = "") -> Outcome:
    """Return what became of a record that the tool has already."""
    return Outcome(Status.LEFT, "the tool has the record already", remote_id=remote_id)


def update_present(
    items: Sequence[Item],
    keys: Sequence[str],
    found: Mapping[str, str],
    deliver: Callable[[Sequence[Item]], list[Outcome]],
) -> list[Outcome]:
    """Deliver what the tool has; leave the others.

    Args:
        items: Of one batch.
        keys: What each is matched by.
        found: By the key of what the tool has, the tool's own id; empty if not told.
        deliver: Makes one attempt with some of the items.

    Raises:
        NotTaken: Some of them were refused, and it is not said which.
    """
    places = [place for place, key in enumerate(keys) if key in found]
    outcomes = [ABSENT] * len(items)
    return _delivered(items, places, outcomes, deliver)


def create_absent(
    items: Sequence[Item],
    keys: Sequence[str],
    found: Mapping[str, str],
    deliver: Callable[[Sequence[Item]], list[Outcome]],
) -> list[Outcome]:
    """Deliver what the tool lacks, each key once; leave the others.

    Args:
        items: Of one batch.
        keys: What each is matched by.
        found: By the key of what the tool has, the tool's own id; empty if not told.
        deliver: Makes one attempt with some of the items.

    Raises:
        NotTaken: Some of them were refused, and it is not said which.
    """
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key not in found:
            first.setdefault(key, place)
    outcomes = [present(found.get(key, "")) for key in keys]
    outcomes = _delivered(items, list(first.values()), outcomes, deliver)
    for place, key in enumerate(keys):
        twin = outcomes[first.get(key, place)]
        # a second row of the same record meets the first
        if first.get(key, place) != place and twin.status is not Status.DELIVERED:
            outcomes[place] = twin
    return outcomes


def _delivered(
    items: Sequence[Item],
    places: Sequence[int],
    outcomes: list[Outcome],
    deliver: Callable[[Sequence[Item]], list[Outcome]],
) -> list[Outcome]:
    if not places:
        return outcomes
    try:
        sent = deliver([items[place] for place in places])
    except NotTaken as refusal:
        # it says nothing of what was not sent
        if refusal.outcome.status is Status.REJECTED and len(places) > 1:
            raise
        sent = [refusal.outcome] * len(places)
    for place, outcome in zip(places, sent, strict=True):
        outcomes[place] = outcome
    return outcomes
