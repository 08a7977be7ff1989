from __future__ import annotations

import copy
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activation.destinations.delivery import Item, Patience, deliver_patiently
from activation.destinations.outcome import Outcome, Status
from activation.destinations.postgres import Postgres
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
DELIVERED = Outcome(Status.DELIVERED)
COLUMNS = {
    "total": {"from": "properties.total", "type": "numeric"},
    "count": {"from": "properties.count", "type": "bigint"},
    "tags": {"from": "properties.tags", "type": "jsonb"},
    "Is Gift": {"from": "properties.gift", "type": "boolean"},
    "due_on": {"from": "properties.due", "type": "date"},
}
EXACT = {"total": 12.30, "count": 2**40, "tags": "x", "gift": True}
WRONG = {"total": "many", "count": 2**70, "tags": [1], "gift": "yes", "due": "soon"}


def items_of(store: Postgres, *events: dict[str, Any]) -> list[Item]:
    return [payload.encoded() for event in events for payload in store.translate(event)]


def test_an_event_is_a_row_with_types(
    event: Make, section: dict[str, Any], postgres: Any
) -> None:
    sent = event(
        1,
        event="Order Completed",
        userId="u1",
        properties={"total": 12.3, "note": "a\tb\\c\nd é"},
        context={"ip": "203.0.113.9"},
        sentAt="no time",
    )
    before = copy.deepcopy(sent)
    store = Postgres(section)

    assert store.deliver(items_of(store, sent)) == [DELIVERED]
    store.close()

    (row,) = postgres.rows(
        f"{section['schema']}.events",
        "event, user_id, properties->>'note', (properties->>'total')::numeric,"
        " occurred_at, sent_at, context->>'ip'",
    )
    moment = datetime(2026, 10, 1, 10, 0, 1, 250_000, UTC)
    assert row[:4] == ("Order Completed", "u1", "a\tb\\c\nd é", Decimal("12.3"))
    assert row[4:] == (moment, None, "203.0.113.9")
    assert sent == before


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "identify", "event": None, "traits": {"email": "a@b.example"}},
        {"type": "page", "event": None, "name": "Home"},
        {"type": "screen", "event": None, "name": "Home"},
        {"type": "group", "event": None, "groupId": "g1", "traits": {"plan": "pro"}},
        {"type": "alias", "event": None, "userId": "u", "previousId": "old"},
    ],
)
def test_every_type_is_kept(
    event: Make, section: dict[str, Any], postgres: Any, fields: dict[str, Any]
) -> None:
    store = Postgres(section)
    store.deliver(items_of(store, event(**fields)))
    store.close()

    (row,) = postgres.rows(
        f"{section['schema']}.events", "type, event, traits, group_id, previous_id"
    )
    assert row == (
        fields["type"],
        fields.get("name"),
        fields.get("traits", {}),
        fields.get("groupId"),
        fields.get("previousId"),
    )


def test_an_event_that_comes_twice_is_there_once(
    event: Make, section: dict[str, Any], postgres: Any
) -> None:
    store = Postgres(section)
    first = items_of(store, event(1, event="first"), event(2), event(2))
    again = items_of(store, event(1, event="changed"), event(3))

    assert store.deliver(first) == [DELIVERED] * 3
    assert store.deliver(again) == [DELIVERED] * 2
    store.close()

    rows = postgres.rows(f"{section['schema']}.events", "message_id, event")
    assert [name for _, name in rows] == ["first", "product_viewed", "product_viewed"]


def test_columns_that_settings_add_later_are_made(
    event: Make, section: dict[str, Any], postgres: Any
) -> None:
    before = Postgres(section)
    before.deliver(items_of(before, event(1)))
    before.close()
    store = Postgres({**section, "columns": COLUMNS})

    outcomes = store.deliver(
        items_of(
            store,
            event(2, properties={**EXACT, "due": "2026-10-02"}),
            event(3, properties=WRONG),
        )
    )
    store.close()

    assert outcomes == [DELIVERED] * 2
    rows = postgres.rows(
        f"{section['schema']}.events",
        'message_id, total, count, tags, "Is Gift", due_on::text',
    )
    assert [row[1:] for row in rows] == [
        (None, None, None, None, None),
        (Decimal("12.3"), 2**40, "x", True, "2026-10-02"),
        (None, None, [1], None, None),
    ]


def test_processes_that_start_together_make_one_table(
    event: Make, section: dict[str, Any], postgres: Any
) -> None:
    stores = [Postgres(section) for _ in range(6)]

    with ThreadPoolExecutor(len(stores)) as threads:
        done = [
            threads.submit(store.deliver, items_of(store, event(number)))
            for number, store in enumerate(stores)
        ]
        outcomes = [future.result() for future in done]
    for store in stores:
        store.close()

    assert outcomes == [[DELIVERED]] * 6
    found = postgres.rows(f"{section['schema']}.events", "count(*)")
    assert found == [(6,)]


def test_a_bad_row_is_found_and_its_neighbours_pass(
    event: Make, section: dict[str, Any], postgres: Any, hasty: Patience
) -> None:
    store = Postgres(section)
    store.deliver(items_of(store, event(0)))
    postgres.run(
        f"alter table {section['schema']}.events"
        " add constraint short check (length(user_id) < 10)"
    )
    items = items_of(store, *(event(n, userId="u" * (n + 5)) for n in range(1, 7)))

    outcomes = deliver_patiently(store, items, hasty)
    store.close()

    statuses = [one.status for one in outcomes]
    assert statuses == [*[Status.DELIVERED] * 4, *[Status.REJECTED] * 2]
    assert "short" in outcomes[-1].reason
    assert "uuu" not in outcomes[-1].reason


def test_what_postgresql_cannot_hold_is_rejected_before(event: Make) -> None:
    store = Postgres({"host": "h", "database": "d", "user": "u"})

    for properties in ({"a": "x\x00y"}, {"a\x00": 1}):
        with pytest.raises(Rejected, match="NUL"):
            store.translate(event(properties=properties))
    assert store.translate(event(properties={"a": "\\u0000"}))


def test_what_is_going_to_be_done_is_shown_without_the_password(event: Make) -> None:
    store = Postgres(
        {"host": "db", "database": "shop", "user": "u", "password": "open sesame"}
    )

    request = store.request(items_of(store, event(1), event(2)))

    assert (request.method, request.url) == (
        "COPY",
        "postgresql://db:5432/shop/public.events",
    )
    assert len(json.loads(request.content)) == 2
    assert "sesame" not in repr(request) + str(request.headers)


@pytest.mark.parametrize(
    "columns",
    [
        ["a"],
        {"event": {"from": "x"}},
        {"a": "x"},
        {"a": {"from": "x", "type": "money"}},
    ],
)
def test_columns_that_cannot_be_made_are_refused(columns: Any) -> None:
    with pytest.raises(Misconfigured, match="columns"):
        Postgres({"host": "h", "database": "d", "user": "u", "columns": columns})
