"""Finding out whether a tool is down, or one event is too much for it.

After many attempts in vain events are tried one by one, each person's in order. While
nothing passes, the tool is down and everything waits. Once something passes, those that
failed before it are tried again with all patience: what fails even then is given up.
So nothing is lost to a tool that comes back in the midst of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from activation.connection import Prepared
from activation.destinations.delivery import Destination, Patience, deliver_patiently
from activation.destinations.outcome import Outcome, Status
from activation.dispatch import UNFINISHED, WAITING, Keep, worse


def send_singly(
    destination: Destination,
    events: Sequence[Prepared],
    keep: Keep,
    patience: Patience,
) -> list[Outcome]:
    """Send a group one by one, and give up what alone fails where others pass.

    Args:
        destination: The tool.
        events: In the order of the log.
        keep: Told of every settled event.
        patience: How long to try before something is given up.

    Returns:
        One outcome an event, in order; ``retry`` for what still waits.
    """
    trial = _Trial(destination, events, keep)
    once = replace(patience, tries=1)
    is_up = trial.passes(once)
    if not is_up and len(trial.sent) == 1:
        # all that is left is one person's: perhaps the first of it is at fault
        is_up = trial.passes(once, is_holding=False)
    if is_up:
        trial.passes(patience, is_last=True)
    return [trial.settled.get(at) or trial.open[at] for at in range(len(events))]


@dataclass(slots=True)
class _Trial:
    """The events of a group, those that are settled and those that are not."""

    destination: Destination
    events: Sequence[Prepared]
    keep: Keep
    settled: dict[int, Outcome] = field(default_factory=dict)
    open: dict[int, Outcome] = field(default_factory=dict)
    sent: dict[int, list[Outcome]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, event in enumerate(self.events):
            if event.outcome is None:
                self.open[index] = WAITING
            else:
                self._settle(index, event.outcome)

    def passes(
        self, patience: Patience, *, is_holding: bool = True, is_last: bool = False
    ) -> bool:
        """Try what is open, and say whether the tool took anything.

        Args:
            patience: How long to try each.
            is_holding: Whether a person's later events wait for one that failed; it
                ends with the first that passes where they do not.
            is_last: Whether what fails now is given up.
        """
        held: set[str] = set()
        is_up = False
        for index in list(self.open):
            people = self.events[index].people
            if is_holding and not held.isdisjoint(people):
                held.update(people)
                continue
            if patience.is_over():
                break
            outcome = self._tried(index, patience)
            is_up = is_up or outcome.status is Status.DELIVERED
            if outcome.status not in UNFINISHED:
                self._settle(index, outcome)
                if is_up and not is_holding:
                    break
                continue
            if _says_wait(outcome):
                break
            if is_last and outcome.attempt >= patience.tries:
                self._settle(index, _given_up(outcome))
            else:
                held.update(people)
        return is_up

    def _tried(self, index: int, patience: Patience) -> Outcome:
        """Send what is left of an event; the worst of its parts counts."""
        items = self.events[index].items
        parts = self.sent.setdefault(index, [])
        while len(parts) < len(items):
            item = items[len(parts)]
            (outcome,) = deliver_patiently(self.destination, [item], patience)
            if outcome.status in UNFINISHED:
                self.open[index] = outcome
                return outcome
            parts.append(outcome)
        found = Outcome(Status.DELIVERED)
        for part in parts:
            found = worse(found, part)
        return found

    def _settle(self, index: int, outcome: Outcome) -> None:
        self.open.pop(index, None)
        self.settled[index] = outcome
        self.keep(index, outcome)


def _says_wait(outcome: Outcome) -> bool:
    """Return whether the tool is busy, or refuses us: no event is at fault."""
    return outcome.status is Status.MISCONFIGURED or (
        outcome.http_status == 429 or outcome.retry_after_seconds is not None
    )


def _given_up(outcome: Outcome) -> Outcome:
    return replace(
        outcome,
        status=Status.ABANDONED,
        reason=f"given up while others pass: {outcome.reason}",
    )
