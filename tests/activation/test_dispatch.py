from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation.connection import Prepared
from activation.destinations.delivery import Item, Limits, Patience
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.dispatch import Dispatcher, Pace, planned_batches

DELIVERED = Outcome(Status.DELIVERED)
FILTERED = Outcome(Status.FILTERED, "not meant for it")
DOWN = Outcome(Status.RETRY, "HTTP 503", 503)
HASTY = Patience(tries=2, first_wait_seconds=0.0001)


@dataclass
class Tool:
    """A tool that remembers what it was sent, in which order, and fails on some."""

    limits: Limits = field(default_factory=lambda: Limits(3, 10_000))
    fails_on: dict[bytes, Outcome] = field(default_factory=dict)
    received: list[list[bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        for item in items:
            if item.content in self.fails_on:
                raise NotTaken(self.fails_on[item.content])
        with self.lock:
            self.received.append([item.content for item in items])
        return [DELIVERED] * len(items)

    def close(self) -> None:
        pass


def prepared(
    number: int,
    *people: str,
    lanes: Sequence[str] = ("",),
    outcome: Outcome | None = None,
) -> Prepared:
    items = tuple(Item(f"{number}{lane}".encode(), lane) for lane in lanes)
    return Prepared(str(number), "e", () if outcome else items, outcome, people)


def send(
    tool: Tool, events: list[Prepared]
) -> tuple[list[Outcome], dict[int, Outcome]]:
    kept: dict[int, Outcome] = {}
    outcomes = Dispatcher(tool, HASTY).send(events, kept.__setitem__)
    return outcomes, kept


def test_events_go_out_in_batches_and_each_is_settled_once() -> None:
    tool = Tool()
    events = [prepared(number, f"u{number}") for number in range(7)]

    outcomes, kept = send(tool, events)

    assert [len(batch) for batch in tool.received] == [3, 3, 1]
    assert {one.status for one in outcomes} == {Status.DELIVERED}
    assert kept == dict(enumerate(outcomes))


def test_what_is_not_sent_is_settled_too() -> None:
    tool = Tool()

    outcomes, kept = send(tool, [prepared(0, outcome=FILTERED), prepared(1, "u")])

    assert [one.status for one in outcomes] == [Status.FILTERED, Status.DELIVERED]
    assert kept[0] is FILTERED


def test_a_person_is_known_to_the_tool_before_their_event() -> None:
    tool = Tool(Limits(100, 10_000))
    events = [
        prepared(0, "u1", lanes=["events"]),
        prepared(1, "u1", lanes=["people"]),
        prepared(2, "u2", lanes=["events"]),
        prepared(3, "u1", lanes=["events"]),
    ]

    send(tool, events)

    flat = [content for batch in tool.received for content in batch]
    assert flat.index(b"0events") < flat.index(b"1people") < flat.index(b"3events")
    # u2 waits for nobody: it shares u1's first batch
    assert tool.received[0] == [b"0events", b"2events"]


def test_an_event_with_two_parts_is_as_good_as_its_worse_part() -> None:
    refused = Outcome(Status.REJECTED, "HTTP 400", 400)
    tool = Tool(fails_on={b"0people": refused})

    outcomes, kept = send(tool, [prepared(0, "u", lanes=["people", "events"])])

    assert outcomes[0].status is Status.REJECTED
    assert kept[0].reason == "HTTP 400"
    assert tool.received == [[b"0events"]]


def test_what_follows_a_failure_waits_and_is_not_settled() -> None:
    tool = Tool(Limits(1, 10_000), fails_on={b"1": DOWN})

    outcomes, kept = send(tool, [prepared(number, f"u{number}") for number in range(4)])

    assert [one.status for one in outcomes] == [
        *(Status.DELIVERED, Status.RETRY, Status.RETRY, Status.RETRY)
    ]
    assert list(kept) == [0]
    assert outcomes[2].reason == "waits for those before it"


@given(
    people=st.lists(
        st.lists(
            st.sampled_from(["a1", "a2", "a3", "u1", "u2"]), min_size=1, max_size=2
        ),
        min_size=1,
        max_size=30,
    ),
    at_once=st.integers(1, 5),
    lanes=st.lists(st.sampled_from(["x", "y"]), min_size=30, max_size=30),
)
@settings(max_examples=60)
def test_a_persons_events_keep_their_order(
    people: list[list[str]], at_once: int, lanes: list[str]
) -> None:
    tool = Tool(Limits(2, 10_000, at_once=at_once))
    events = [
        prepared(number, *ids, lanes=[lanes[number]])
        for number, ids in enumerate(people)
    ]

    send(tool, events)

    order = [int(content[:-1]) for batch in tool.received for content in batch]
    assert sorted(order) == list(range(len(people)))
    for person in {one for ids in people for one in ids}:
        own = [number for number in order if person in people[number]]
        assert own == sorted(own)


def test_lines_run_at_the_same_time() -> None:
    barrier = threading.Barrier(2, timeout=30)

    @dataclass
    class Slow(Tool):
        """Answers nobody until two requests are there."""

        def deliver(self, items: Sequence[Item]) -> list[Outcome]:
            barrier.wait()
            return super().deliver(items)

    tool = Slow(Limits(1, 10_000, at_once=2))
    first = prepared(0, "u0")
    other = next(
        event
        for event in (prepared(number, f"u{number}") for number in range(1, 50))
        if len(list(planned_batches([first, event], Limits(2, 10_000, at_once=2)))) == 2
    )

    outcomes, _ = send(tool, [first, other])

    assert {one.status for one in outcomes} == {Status.DELIVERED}


def test_requests_keep_to_the_rate() -> None:
    waits: list[float] = []
    pace = Pace(10.0, waits.append)

    for _ in range(5):
        pace.wait()

    assert len(waits) == 4
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(0.4, abs=0.1)


def test_no_stated_rate_is_no_wait() -> None:
    waits: list[float] = []

    Pace(None, waits.append).wait()

    assert waits == []
