"""A live connection: which events go to which destination, as they do.

Read from ``connections`` in ``headwater.yml``. What happens to an event on the way, in
this order: is it wanted here at all (the event's ``integrations``, the connection's
``events``), did the person agree, is the person suppressed; then the plan's purposes,
the transformations, the connection's own mapping, the destination's translation, the
connection's own fields; and for advertising nothing that names a person in plain text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from activation.consent import ConsentRule
from activation.destinations.delivery import Item, Payload
from activation.destinations.outcome import Outcome, Status
from activation.destinations.registry import EventDestination
from activation.integrations import is_wanted
from activation.personal import blotted, without_purposes
from activation.shape import Shape, name_of
from activation.suppression import SuppressionList
from activation.transform import Transform, transformed
from cdp.errors import Rejected
from cdp.tracking_plan import TrackingPlan

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_SWITCHED_OFF = "switched off by the event's integrations"
_NOT_LISTED = "the connection does not send this event"
_SUPPRESSED = "the person is suppressed"
_KEPT_BACK = "kept back by a transformation"
_NO_SUCH_EVENT = "the destination has no such event"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event of this connection, ready to be sent or already decided.

    Attributes:
        message_id: The event's own id.
        event: Its name in the plan, or its type where it has none.
        items: What is sent for it, in order, encoded; nothing where it is not sent.
        outcome: What became of an event that is not sent.
        people: The ids of whoever did it: whoever shares one keeps an order.
        place: Partition and offset of its line in the log.
    """

    message_id: str
    event: str
    items: tuple[Item, ...] = ()
    outcome: Outcome | None = None
    people: tuple[str, ...] = ()
    place: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a connection makes of one event, for people to read.

    Attributes:
        seen: The event as the destination sees it; several where it was split.
        payloads: What the tool gets.
        items: The same, encoded.
        outcome: Why nothing is sent; None where something is.
    """

    seen: tuple[Mapping[str, Any], ...] = ()
    payloads: tuple[Payload, ...] = ()
    items: tuple[Item, ...] = ()
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection.

    Attributes:
        name: Its key in ``headwater.yml``.
        sources: Events of these sources go to the destination.
        destination_name: Key of the destination.
        destination: The tool.
        kind: Which kind of tool it is.
        purpose: What the tool is for: analytics, advertising, …
        plan: The tracking plan.
        suppression: Who is left alone.
        transformations: What happens to events on the way, by name.
        shape: The connection's own mapping.
        consent: What people must have agreed to.
    """

    name: str
    sources: frozenset[str]
    destination_name: str
    destination: EventDestination
    kind: str
    purpose: str
    plan: TrackingPlan
    suppression: SuppressionList
    transformations: tuple[tuple[str, Transform], ...] = ()
    shape: Shape = field(default_factory=Shape)
    consent: ConsentRule = field(default_factory=ConsentRule)

    def prepare(self, line: bytes, place: tuple[str, int] = ("", 0)) -> Prepared | None:
        """Return a line of the log as it will be sent; None where it is not ours."""
        event = _decode(line)
        if event.get("sourceId") not in self.sources:
            return None
        message_id = str(event.get("messageId") or "")
        decision = self.decide(event)
        if (outcome := decision.outcome) is not None:
            return Prepared(message_id, name_of(event), outcome=outcome, place=place)
        return Prepared(
            message_id,
            name_of(event),
            decision.items,
            people=_people_of(event),
            place=place,
        )

    def decide(self, event: dict[str, Any]) -> Decision:
        """Return what this connection makes of an event; the event stays as it is.

        Whatever goes wrong with it is about this event at this destination, and ends
        neither the connection nor another one.
        """
        try:
            if why := self._keeps_back(event):
                return Decision(outcome=Outcome(Status.FILTERED, why, attempt=0))
            seen = self._seen(event)
            payloads = [each for one in seen for each in self._translated(one, event)]
            items = tuple(payload.encoded() for payload in payloads)
        except Rejected as error:
            place = f"{error.place}: " if error.place else ""
            outcome = Outcome(Status.REJECTED, place + error.message, attempt=0)
            return Decision(outcome=outcome)
        except Exception as error:  # noqa: BLE001 - one event must not stop the others
            return Decision(outcome=_failed(error))
        if items:
            return Decision(tuple(seen), tuple(payloads), items)
        why = _NO_SUCH_EVENT if seen else _KEPT_BACK
        return Decision(tuple(seen), outcome=Outcome(Status.FILTERED, why, attempt=0))

    def _keeps_back(self, event: Mapping[str, Any]) -> str:
        """Return why the event is not for this destination; empty if it is."""
        if not is_wanted(event, self.destination_name, self.kind):
            return _SWITCHED_OFF
        if not self.shape.takes(event):
            return _NOT_LISTED
        if missing := self.consent.missing(event):
            return f"no consent to {missing}"
        return _SUPPRESSED if self.suppression.has_event(event) else ""

    def _seen(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        allowed = without_purposes(event, self.plan, self.purpose)
        parts = transformed(allowed, self.transformations)
        return [self.shape.shaped(part) for part in parts]

    def _translated(
        self, seen: dict[str, Any], event: Mapping[str, Any]
    ) -> Sequence[Payload]:
        payloads = self.destination.translate(seen)
        if not self.shape.fields and self.purpose != "advertising":
            return payloads
        for payload in payloads:
            self.shape.set_fields(payload.body, seen, name_of(event))
        if self.purpose != "advertising":
            return payloads
        return [Payload(blotted(one.body, event), one.lane) for one in payloads]


def _failed(error: Exception) -> Outcome:
    """Return the outcome of an event that we fail on: kept, told, and passed by."""
    # its own words may quote a value
    reason = f"the event could not be translated ({type(error).__name__})"
    return Outcome(Status.REJECTED, reason, attempt=0)


def _people_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{name}:{value}"
        for name in ("userId", "anonymousId", "previousId")
        if (value := event.get(name))
    )
