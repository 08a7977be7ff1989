from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from activation.destinations.delivery import (
    Item,
    Limits,
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)

DELIVERED = Outcome(Status.DELIVERED)


@dataclass
class Tool:
    """A tool that says of a whole batch what the worst record in it deserves."""

    verdicts: dict[bytes, Outcome] = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: Limits(10, 1000))
    attempts: list[int] = field(default_factory=list)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        self.attempts.append(len(items))
        for item in items:
            if item.content in self.verdicts:
                raise NotTaken(self.verdicts[item.content])
        return [DELIVERED] * len(items)

    def close(self) -> None:
        pass


def items(count: int) -> list[Item]:
    return [Item(b"%d" % number) for number in range(count)]


def test_batches_hold_what_one_request_may_carry() -> None:
    records = [Tagged(number, Item(b"x" * 30)) for number in range(7)]

    assert [len(one) for one in batches(records, Limits(3, 1000))] == [3, 3, 1]
    assert [len(one) for one in batches(records, Limits(100, 62))] == [2, 2, 2, 1]


def test_a_record_over_the_limit_travels_alone() -> None:
    records = [Tagged(0, Item(b"x")), Tagged(1, Item(b"x" * 99)), Tagged(2, Item(b"x"))]

    found = list(batches(records, Limits(10, 50)))

    assert [[one.tag for one in batch] for batch in found] == [[0], [1], [2]]


def test_records_of_two_lanes_never_share_a_request() -> None:
    records = [Tagged(number, Item(b"x", "ab"[number % 2])) for number in range(6)]

    found = list(batches(records, Limits(10, 1000)))

    assert [[one.tag for one in batch] for batch in found] == [[0, 2, 4], [1, 3, 5]]


def test_a_batch_refused_as_a_whole_is_divided_until_the_bad_record_stands_alone() -> (
    None
):
    tool = Tool({b"5": Outcome(Status.REJECTED, "bad")})

    outcomes = deliver_patiently(tool, items(8), Patience())

    assert [one.status for one in outcomes].count(Status.DELIVERED) == 7
    assert outcomes[5] == Outcome(Status.REJECTED, "bad")


def test_dividing_ends_where_every_record_is_refused() -> None:
    refused = {
        b"%d" % number: Outcome(Status.REJECTED, "bad") for number in range(2000)
    }
    tool = Tool(refused)

    outcomes = deliver_patiently(tool, items(2000), Patience())

    assert {one.status for one in outcomes} == {Status.REJECTED}
    assert len(tool.attempts) < 200


def test_the_tools_own_wait_is_kept() -> None:
    waits: list[float] = []
    busy = Outcome(Status.RETRY, "busy", 429, retry_after_seconds=7)
    tool = Tool({b"0": busy})

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        tool.verdicts.clear()

    outcomes = deliver_patiently(tool, items(3), Patience(sleep=sleep))

    assert waits == [7]
    assert outcomes == [Outcome(Status.DELIVERED, attempt=2)] * 3


def test_a_wait_longer_than_patience_is_left_to_the_next_run() -> None:
    waits: list[float] = []
    tool = Tool({b"0": Outcome(Status.RETRY, "later", 429, retry_after_seconds=3600)})

    outcomes = deliver_patiently(tool, items(2), Patience(sleep=waits.append))

    assert not waits
    assert outcomes[1].status is Status.RETRY
    assert outcomes[1].retry_after_seconds == 3600


def test_waits_grow_and_have_chance_in_them() -> None:
    patience = Patience(first_wait_seconds=1, longest_wait_seconds=10)
    busy = [Outcome(Status.RETRY)]

    third = {patience.wait_seconds(3, busy) for _ in range(50)}
    ninth = {patience.wait_seconds(9, busy) for _ in range(50)}

    assert len(third) > 1
    assert max(third) <= 4
    assert 4 < max(ninth) <= 10


def test_patience_ends_after_its_tries() -> None:
    tool = Tool({b"0": Outcome(Status.RETRY, "down")})

    outcomes = deliver_patiently(
        tool, items(1), Patience(tries=4, sleep=lambda _: None)
    )

    assert tool.attempts == [1, 1, 1, 1]
    assert outcomes == [Outcome(Status.RETRY, "down", attempt=4)]


def test_a_refused_credential_is_not_tried_again() -> None:
    tool = Tool({b"0": Outcome(Status.MISCONFIGURED, "who are you", 401)})

    outcomes = deliver_patiently(tool, items(4), Patience())

    assert tool.attempts == [4]
    assert {one.status for one in outcomes} == {Status.MISCONFIGURED}


def test_reasons_hold_no_addresses_and_no_telephone_numbers() -> None:
    told = without_personal("Email: invalid: jo.doe@example.com, +1 (650) 555-1212")

    assert "jo.doe" not in told
    assert "555" not in told
    assert told.startswith("Email: invalid")


def test_an_answer_that_nobody_thought_of_stops_no_other_tool(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Surprised(Tool):
        def deliver(self, items: Sequence[Item]) -> list[Outcome]:
            super().deliver(items)
            message = "jane@example.com"
            raise KeyError(message)

    tool = Surprised()

    outcomes = deliver_patiently(tool, items(2), Patience(2, sleep=lambda _: None))

    assert {one.status for one in outcomes} == {Status.RETRY}
    assert {one.reason for one in outcomes} == {"failed on our side (KeyError)"}
    assert tool.attempts == [2, 2]
    assert "KeyError in test_delivery.py:" in caplog.text
    assert "jane" not in caplog.text
