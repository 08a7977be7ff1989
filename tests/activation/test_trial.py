from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from activation.connection import Prepared
from activation.destinations.delivery import Item, Limits, Patience
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.trial import send_singly

HASTY = Patience(tries=2, first_wait_seconds=0.0001)
DOWN = Outcome(Status.RETRY, "HTTP 503", 503)
BUSY = Outcome(Status.RETRY, "HTTP 429", 429)


@dataclass
class Tool:
    """A tool that judges each call by its number and what it carries."""

    judge: Callable[[int, str], Outcome | None]
    limits: Limits = field(default_factory=lambda: Limits(1, 10_000))
    calls: int = 0
    taken: list[str] = field(default_factory=list)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        (item,) = items
        self.calls += 1
        refusal = self.judge(self.calls, item.content.decode())
        if refusal is not None:
            raise NotTaken(refusal)
        self.taken.append(item.content.decode())
        return [Outcome(Status.DELIVERED)]

    def close(self) -> None:
        pass


def prepared(name: str, person: str = "") -> Prepared:
    return Prepared(name, "e", (Item(name.encode()),), None, (person or name,))


def trial(
    tool: Tool, events: list[Prepared], patience: Patience = HASTY
) -> tuple[list[str], dict[int, Outcome]]:
    kept: dict[int, Outcome] = {}
    outcomes = send_singly(tool, events, kept.__setitem__, patience)
    for index, outcome in kept.items():
        assert outcomes[index] == outcome
    return [str(one.status) for one in outcomes], kept


def test_what_alone_fails_while_others_pass_is_given_up() -> None:
    tool = Tool(lambda _, name: DOWN if name == "b" else None)

    statuses, kept = trial(tool, [prepared(name) for name in "abcd"])

    assert statuses == ["delivered", "abandoned", "delivered", "delivered"]
    assert kept[1].reason == "given up while others pass: HTTP 503"


def test_a_tool_that_comes_back_in_the_midst_of_it_loses_nothing() -> None:
    people = [f"p{number % 4}" for number in range(40)]
    events = [prepared(f"{number:02d}", person) for number, person in enumerate(people)]
    for back in range(60):
        tool = Tool(lambda call, _, back=back: DOWN if call <= back else None)  # type: ignore[misc]

        statuses, _ = trial(tool, events)

        assert "abandoned" not in statuses, back
        for person in range(4):
            own = [name for name in tool.taken if int(name) % 4 == person]
            assert own == sorted(own), back


def test_while_nothing_passes_nothing_is_given_up() -> None:
    tool = Tool(lambda *_: DOWN)

    statuses, kept = trial(tool, [prepared(name) for name in "abc"])

    assert statuses == ["retry"] * 3
    assert kept == {}


def test_one_persons_bad_event_does_not_stop_that_person_for_ever() -> None:
    tool = Tool(lambda _, name: DOWN if name in "ab" else None)

    statuses, _ = trial(tool, [prepared(name, "one") for name in "abcd"])

    assert statuses == ["abandoned", "abandoned", "delivered", "delivered"]


def test_a_tool_that_asks_to_wait_has_nothing_given_up() -> None:
    tool = Tool(lambda _, name: BUSY if name == "b" else None)

    statuses, _ = trial(tool, [prepared(name) for name in "abc"])

    assert "abandoned" not in statuses


def test_whoever_is_told_to_stop_gives_nothing_up() -> None:
    tool = Tool(lambda _, name: DOWN if name == "b" else None)
    told = Patience(tries=2, sleep=lambda _: len(tool.taken) > 1)

    statuses, _ = trial(tool, [prepared(name) for name in "abc"], told)

    assert statuses == ["delivered", "retry", "delivered"]


def test_what_is_not_sent_is_settled_too() -> None:
    filtered = Outcome(Status.FILTERED, "not meant for it")

    statuses, _ = trial(
        Tool(lambda *_: None), [Prepared("x", "e", (), filtered), prepared("a")]
    )

    assert statuses == ["filtered", "delivered"]
