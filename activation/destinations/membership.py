"""Audiences know people by hashes alone: a changed address is another entry.

So a member whose identifiers changed is taken out by the old ones and added by the new
ones; otherwise the old address would stay in the audience for good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from activation.destinations.delivery import Item
from activation.destinations.outcome import Outcome, Status

CHANGE = "change"


class _Change(msgspec.Struct, frozen=True):
    old: msgspec.Raw
    new: msgspec.Raw
    old_lane: str
    new_lane: str


def change_of(old: Item, new: Item) -> Item:
    """Return one item that takes a member out as ``old`` and adds them as ``new``.

    Where both say the same, adding is enough: nobody is in an audience twice.
    """
    change = _Change(
        msgspec.Raw(old.content), msgspec.Raw(new.content), old.lane, new.lane
    )
    return Item(msgspec.json.encode(change), CHANGE)


def halves_of(item: Item) -> tuple[Item | None, Item]:
    """Return the removal and the addition that an item stands for.

    Whatever else is sent has no removal, and is the addition.
    """
    if item.lane != CHANGE:
        return None, item
    change = msgspec.json.decode(item.content, type=_Change)
    return (
        Item(bytes(change.old), change.old_lane),
        Item(bytes(change.new), change.new_lane),
    )


def deliver_changes(
    items: Sequence[Item], deliver: Callable[[Sequence[Item]], list[Outcome]]
) -> list[Outcome]:
    """Take out, then add; return an outcome for each item.

    Args:
        items: Made by ``change_of``.
        deliver: Makes one attempt with items of one lane; both halves may be repeated.

    Raises:
        NotTaken: One of the two requests was refused as a whole.
    """
    changes = [halves_of(item) for item in items]
    left = deliver([old for old, _ in changes if old is not None])
    added = deliver([new for _, new in changes])
    # an entry that could not be taken out yet is tried again, and added once more
    return [
        old if old.status is Status.RETRY else new
        for old, new in zip(left, added, strict=True)
    ]
