from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from activation.destinations.delivery import Item
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.presence import (
    ABSENT,
    create_absent,
    present,
    update_present,
)

DELIVERED = Outcome(Status.DELIVERED)
KEYS = ["a", "b", "c"]
FOUND = {"b": "7"}


def items_of(keys: Sequence[str]) -> list[Item]:
    return [Item(key.encode()) for key in keys]


class Sending:
    """Keeps what it is given and answers as it was told to."""

    def __init__(self, *outcomes: Outcome, refusal: Outcome | None = None) -> None:
        self.outcomes, self.refusal = outcomes, refusal
        self.sent: list[str] = []

    def __call__(self, items: Sequence[Item]) -> list[Outcome]:
        self.sent = [item.content.decode() for item in items]
        if self.refusal is not None:
            raise NotTaken(self.refusal)
        return list(self.outcomes or [DELIVERED] * len(items))


def test_what_the_tool_has_is_sent_and_the_rest_is_left() -> None:
    send = Sending()

    outcomes = update_present(items_of(KEYS), KEYS, FOUND, send)

    assert send.sent == ["b"]
    assert outcomes == [ABSENT, DELIVERED, ABSENT]


def test_what_the_tool_lacks_is_sent_and_the_rest_is_left_with_its_id() -> None:
    send = Sending()

    outcomes = create_absent(items_of(KEYS), KEYS, FOUND, send)

    assert send.sent == ["a", "c"]
    assert outcomes == [DELIVERED, present(), DELIVERED]
    assert outcomes[1].remote_id == "7"


def test_of_rows_that_share_a_key_the_first_is_created() -> None:
    send = Sending(Outcome(Status.REJECTED, "no name"), DELIVERED)
    keys = ["a", "c", "a", "c"]

    outcomes = create_absent(items_of(keys), keys, {}, send)

    assert send.sent == ["a", "c"]
    statuses = [one.status.value for one in outcomes]
    assert statuses == ["rejected", "delivered", "rejected", "left"]


Write = Callable[..., list[Outcome]]


@pytest.mark.parametrize("write", [update_present, create_absent])
def test_nothing_is_sent_where_nothing_fits(write: Write) -> None:
    send = Sending()
    found = {} if write is update_present else dict.fromkeys(KEYS, "")

    outcomes = write(items_of(KEYS), KEYS, found, send)

    assert send.sent == []
    assert {one.status for one in outcomes} == {Status.LEFT}


def test_a_tool_that_is_down_leaves_what_it_was_not_sent() -> None:
    down = Outcome(Status.RETRY, "HTTP 503", 503)

    outcomes = create_absent(items_of(KEYS), KEYS, FOUND, Sending(refusal=down))

    assert outcomes == [down, present(), down]


def test_of_a_refusal_of_several_a_smaller_batch_tells_more() -> None:
    refusal = Outcome(Status.REJECTED, "HTTP 400", 400)

    with pytest.raises(NotTaken):
        create_absent(items_of(KEYS), KEYS, FOUND, Sending(refusal=refusal))
    one = update_present(items_of(KEYS), KEYS, FOUND, Sending(refusal=refusal))

    assert one == [ABSENT, refusal, ABSENT]
