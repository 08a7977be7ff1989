"""Fields that are filled once: where the tool can be read, what it has there stays.

Only what is about to be filled is asked for, with the batch that would fill it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from activation.destinations.delivery import Destination, Item, Tagged
from activation.destinations.outcome import Outcome
from activation.destinations.registry import ReadableDestination, RecordDestination
from activation.plan import Planned
from activation.syncs.bodies import Body, body_of
from activation.syncs.mapping import FieldMapping, is_empty

_MODES = frozenset({"upsert", "update_only", "mirror"})
Record = tuple[Planned, Body]


@dataclass(frozen=True, slots=True)
class Filler:
    """What a tool has in the fields that are filled once.

    Attributes:
        mapping: The sync's.
        mode: The sync's.
        destination: The tool.
    """

    mapping: FieldMapping
    mode: str
    destination: RecordDestination

    def is_needed(self, planned: Planned, body: Body) -> bool:
        """Return whether a record would fill a field of which the tool tells."""
        if not hasattr(self.destination, "read_fields") or self.mode not in _MODES:
            return False
        before = planned.before or {}
        return planned.action != "delete" and any(
            not is_empty(body.fields.get(name)) and is_empty(before.get(name))
            for name in self.mapping.filled_once
        )

    def fill(self, records: Sequence[Record]) -> list[Body]:
        """Return what is sent for records: without the fields that the tool has filled.

        Raises:
            NotTaken: The tool did not say.
        """
        bodies = [body for _, body in records]
        places = [
            place for place, record in enumerate(records) if self.is_needed(*record)
        ]
        if not places:
            return bodies
        fields = self.mapping.filled_once
        tool = cast("ReadableDestination", self.destination)
        asked = [bodies[place].fields for place in places]
        for place, found in zip(places, tool.read_fields(asked, fields), strict=True):
            known = {
                name: found[name] for name in fields if not is_empty(found.get(name))
            }
            if known:
                planned = records[place][0]
                bodies[place] = body_of(
                    planned, self.mapping, self.mode, self.destination, known=known
                )
        return bodies


class Filling:
    """A destination that is asked what it has before it is sent a batch.

    Args:
        sender: Delivers.
        filler: Asks.
        batch: The records whose items it will be given.
    """

    def __init__(
        self, sender: Destination, filler: Filler, batch: Sequence[Tagged[Record]]
    ) -> None:
        self.limits = sender.limits
        self._sender = sender
        self._filler = filler
        self._records = {id(one.item): one.tag for one in batch}
        self._bodies = {id(one.item): one.tag[1] for one in batch}

    def body_of(self, item: Item) -> Body:
        """Return what was sent in an item's place."""
        return self._bodies[id(item)]

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Ask, then make one attempt.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        bodies = self._filler.fill([self._records[id(item)] for item in items])
        self._bodies.update(zip(map(id, items), bodies, strict=True))
        lanes: dict[str, list[int]] = {}
        for place, body in enumerate(bodies):  # a field less may be another lane
            lanes.setdefault(body.item.lane, []).append(place)
        outcomes: dict[int, Outcome] = {}
        for places in lanes.values():
            sent = self._sender.deliver([bodies[place].item for place in places])
            outcomes.update(zip(places, sent, strict=True))
        return [outcomes[place] for place in range(len(items))]

    def close(self) -> None:
        """Close connections."""
        self._sender.close()
