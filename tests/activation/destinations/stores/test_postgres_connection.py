from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.delivery import Item
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.postgres import Postgres

Make = Callable[..., dict[str, Any]]
DELIVERED = Outcome(Status.DELIVERED)


def items_of(store: Postgres, *events: dict[str, Any]) -> list[Item]:
    return [payload.encoded() for event in events for payload in store.translate(event)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "authentication failed"),
        ({"user": "nobody"}, "authentication failed"),
        ({"database": "missing"}, "does not exist"),
        ({"sslmode": "require"}, "does not support SSL"),
    ],
)
def test_a_server_that_refuses_us_waits_for_the_operator(
    event: Make, section: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    store = Postgres({**section, **change})

    with pytest.raises(NotTaken) as refusal:
        store.deliver(items_of(store, event()))
    store.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert words in refusal.value.outcome.reason


def test_rights_are_asked_for_only_where_something_is_made(
    event: Make, section: dict[str, Any], postgres: Any
) -> None:
    schema = section["schema"]
    maker = Postgres(section)
    postgres.run("create role writer login password 'pen'")
    writer = {**section, "user": "writer", "password": "pen"}
    refused = Postgres(writer)
    with pytest.raises(NotTaken) as refusal:
        refused.deliver(items_of(refused, event(1)))
    maker.deliver(items_of(maker, event(1)))
    postgres.run(
        f"grant usage on schema {schema} to writer;"
        f" grant select, insert on all tables in schema {schema} to writer"
    )

    outcomes = refused.deliver(items_of(refused, event(2)))
    refused.close()
    maker.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert outcomes == [DELIVERED]


def test_a_server_that_is_down_is_waited_for(
    event: Make, section: dict[str, Any], postgres: Any
) -> None:
    store = Postgres(section)
    items = items_of(store, event(1))
    store.deliver(items)
    postgres.stop()
    refusals = []
    for _ in range(2):  # the connection that broke, then one that cannot be made
        with pytest.raises(NotTaken) as refusal:
            store.deliver(items)
        refusals.append(refusal.value.outcome.status)
    postgres.start()

    outcomes = store.deliver(items)
    store.close()

    assert refusals == [Status.RETRY] * 2
    assert outcomes == [DELIVERED]
