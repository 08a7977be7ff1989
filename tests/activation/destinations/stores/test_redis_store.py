from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import redis

from activation.destinations.delivery import Item
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.presence import ABSENT, present
from activation.destinations.redis_store import RedisRecords, RedisStore
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
Server = tuple["subprocess.Popen[bytes]", int]
DELIVERED = Outcome(Status.DELIVERED)


@pytest.fixture
def url(redis_server: Server) -> str:
    return f"redis://127.0.0.1:{redis_server[1]}/0"


@pytest.fixture
def seen(redis_server: Server) -> Iterator[Any]:
    with redis.Redis(port=redis_server[1], decode_responses=True) as client:
        yield client


def deliver(store: RedisStore, *events: dict[str, Any]) -> list[Outcome]:
    lanes: dict[str, list[Item]] = {}
    for event in events:
        for payload in store.translate(event):
            lanes.setdefault(payload.lane, []).append(payload.encoded())
    return [one for items in lanes.values() for one in store.deliver(items)]


def identify(event: Make, number: int, **traits: Any) -> dict[str, Any]:
    return event(number, type="identify", event=None, userId="u1", traits=traits)


def test_a_persons_traits_are_a_hash(event: Make, url: str, seen: Any) -> None:
    store = RedisStore({"url": url, "key_prefix": "shop:"})
    sent = identify(event, 1, tier="gold", visits=3, vip=True, address={"city": "Ulm"})
    before = copy.deepcopy(sent)

    assert deliver(store, sent) == [DELIVERED]
    assert deliver(store, identify(event, 2, tier=None, visits=4)) == [DELIVERED]
    store.close()

    assert seen.hgetall("shop:user:u1") == {
        "visits": "4",
        "vip": "true",
        "address": '{"city":"Ulm"}',
        "_updated_at": "1790848802250",
    }
    assert seen.ttl("shop:user:u1") == -1
    assert sent == before


def test_what_is_older_fills_gaps_only(event: Make, url: str, seen: Any) -> None:
    store = RedisStore({"url": url, "expire_seconds": 600})
    late = identify(event, 1, tier="silver", city="Ulm")

    deliver(store, identify(event, 2, tier="gold"), late, late)
    store.close()

    found = seen.hgetall("user:u1")
    assert (found["tier"], found["city"]) == ("gold", "Ulm")
    assert found["_updated_at"] == "1790848802250"
    assert 0 < seen.ttl("user:u1") <= 600


@pytest.mark.parametrize(
    ("fields", "lanes"),
    [
        ({}, ["stream"]),
        ({"event": "Order Completed"}, ["stream"]),
        ({"type": "page", "event": None}, ["stream"]),
        ({"type": "screen", "event": None}, ["stream"]),
        ({"type": "alias", "event": None, "previousId": "x"}, ["stream"]),
        ({"type": "group", "groupId": "g", "traits": {"a": 1}}, ["profiles", "stream"]),
        (
            {"type": "identify", "userId": "u", "traits": {"a": 1}},
            ["profiles", "stream"],
        ),
        ({"type": "identify", "userId": "u"}, ["stream"]),
        ({"type": "identify", "traits": {"a": 1}}, ["stream"]),
    ],
)
def test_every_event_is_for_the_stream_where_there_is_one(
    event: Make, fields: dict[str, Any], lanes: list[str]
) -> None:
    section = {"url": "redis://127.0.0.1:1/0"}
    with_stream = RedisStore({**section, "stream": "events"})
    without = RedisStore(section)

    assert [one.lane for one in with_stream.translate(event(**fields))] == lanes
    assert [one.lane for one in without.translate(event(**fields))] == lanes[:-1]


def test_an_event_is_in_the_stream_once(event: Make, url: str, seen: Any) -> None:
    store = RedisStore({"url": url, "stream": "events"})

    deliver(store, event(1), event(2), event(1))
    deliver(store, event(2), event(3))
    store.close()

    entries = [fields for _, fields in seen.xrange("events")]
    assert [one["message_id"][-1] for one in entries] == ["1", "2", "3"]
    assert json.loads(entries[0]["event"]) == event(1)
    assert entries[0]["name"] == "product_viewed"


def test_the_stream_does_not_grow_for_ever(event: Make, url: str, seen: Any) -> None:
    store = RedisStore({"url": url, "stream": "events", "stream_length": 200})

    deliver(store, *(event(number) for number in range(1000)))
    store.close()

    assert 200 <= seen.xlen("events") < 400


def test_one_bad_record_does_not_stop_its_neighbours(
    event: Make, url: str, seen: Any
) -> None:
    seen.set("user:u2", "no hash")
    store = RedisStore({"url": url})
    events = [{**identify(event, n, a=n), "userId": f"u{n}"} for n in (1, 2, 3)]

    outcomes = deliver(store, *events)
    store.close()

    assert [one.status for one in outcomes] == [
        Status.DELIVERED,
        Status.REJECTED,
        Status.DELIVERED,
    ]
    assert "WRONGTYPE" in outcomes[1].reason


def test_a_full_server_is_waited_for(event: Make, url: str, seen: Any) -> None:
    seen.config_set("maxmemory", "1")
    store = RedisStore({"url": url, "stream": "events"})

    outcomes = deliver(store, event(1))
    seen.config_set("maxmemory", "0")
    again = deliver(store, event(1))
    store.close()

    assert [one.status for one in outcomes + again] == [Status.RETRY, Status.DELIVERED]
    assert seen.xlen("events") == 1


def test_a_password_and_a_right_are_the_operators_turn(
    event: Make, url: str, seen: Any, redis_server: Server
) -> None:
    seen.acl_setuser(
        "reader", enabled=True, passwords=["+pen"], keys=["*"], commands=["+get"]
    )
    address = f"127.0.0.1:{redis_server[1]}/0"
    wrong = RedisStore({"url": f"redis://reader:wrong@{address}"})
    poor = RedisStore({"url": f"redis://reader:pen@{address}"})
    traits = identify(event, 1, a=1)

    with pytest.raises(NotTaken) as refusal:
        deliver(wrong, traits)
    outcomes = deliver(poor, traits)
    wrong.close()
    poor.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert outcomes[0].status is Status.MISCONFIGURED
    (payload,) = poor.translate(traits)
    assert "pen" not in poor.request([payload.encoded()]).url


def test_a_server_that_is_down_is_waited_for(
    event: Make, url: str, redis_server: Server
) -> None:
    store = RedisStore({"url": url})
    deliver(store, identify(event, 1, a=1))
    redis_server[0].terminate()
    redis_server[0].wait(30)

    with pytest.raises(NotTaken) as refusal:
        deliver(store, identify(event, 2, a=1))
    store.close()

    assert refusal.value.outcome.status is Status.RETRY


def test_rows_replace_what_was_under_their_key(url: str, seen: Any) -> None:
    store = RedisRecords({"url": url, "expire_seconds": 60}, "customer", "id")
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    row = {"id": 1, "amount": Decimal("12.30"), "at": moment, "gone": "x"}

    store.deliver([store.prepare(row), store.prepare({"id": 2, "amount": None})])
    store.deliver([store.prepare({**row, "gone": None})])
    store.close()

    assert seen.hgetall("customer:1") == {
        "id": "1",
        "amount": "12.30",
        "at": "2026-10-01T00:00:00.000Z",
    }
    assert seen.hgetall("customer:2") == {"id": "2"}
    assert 0 < seen.ttl("customer:1") <= 60


def test_rows_as_json_and_their_removal(url: str, seen: Any) -> None:
    store = RedisRecords({"url": url, "row_format": "json"}, "customer", "id")
    rows = [{"id": str(n), "amount": Decimal("0.10"), "tags": ["a"]} for n in (1, 2)]

    store.deliver([store.prepare(row) for row in rows])
    assert seen.get("customer:1") == '{"id":"1","amount":0.10,"tags":["a"]}'
    removed = store.deliver([store.prepare_removal(rows[0])] * 2)
    store.close()

    assert removed == [DELIVERED] * 2
    assert seen.keys("customer:*") == ["customer:2"]


@pytest.mark.parametrize("row_format", ["hash", "json"])
def test_what_is_there_is_replaced_and_what_is_not_is_made(
    url: str, seen: Any, row_format: str
) -> None:
    section = {"url": url, "row_format": row_format, "expire_seconds": 60}
    store = RedisRecords(section, f"size_{row_format}", "id")
    rows = [{"id": one, "name": "new"} for one in "abb"]
    store.deliver([store.prepare({"id": "a", "name": "old"})])

    changed = store.deliver([store.prepare_update(row) for row in rows])
    made = store.deliver([store.prepare_creation(row) for row in rows])
    store.close()

    assert changed == [DELIVERED, ABSENT, ABSENT]
    assert made == [present(), DELIVERED, present()]
    read = seen.hgetall if row_format == "hash" else seen.get
    keys = [f"size_{row_format}:{one}" for one in "ab"]
    assert all("new" in str(read(key)) for key in keys)
    assert all(0 < seen.ttl(key) <= 60 for key in keys)


def test_what_cannot_work_is_refused() -> None:
    with pytest.raises(Misconfigured, match=r"redis\.url"):
        RedisStore({"url": "http://127.0.0.1"})
    with pytest.raises(Misconfigured, match="external_id_field"):
        RedisRecords({"url": "redis://127.0.0.1:1"}, "customer", "")
    with pytest.raises(Rejected, match="id"):
        RedisRecords({"url": "redis://127.0.0.1:1"}, "customer", "id").prepare({})
