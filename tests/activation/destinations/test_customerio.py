from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.customerio import CustomerIo, CustomerIoPeople
from activation.destinations.delivery import deliver_patiently
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {"site_id": "site", "api_key": "key", "url": "https://track.customer.io"}
WHEN = 1790848801
ADA = {"email": "ada@x.example", "created_at": "2026-01-01T00:00:00Z"}
PHONE = {"device": {"token": "t1", "type": "iOS"}}
USER = {"userId": "u1"}


def translated(event: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    tool = CustomerIo({**SECTION, **settings})
    before = copy.deepcopy(event)
    bodies = [payload.body for payload in tool.translate(event)]
    tool.close()
    assert event == before
    return bodies


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": "identify", "traits": ADA, **USER},
            {
                "action": "identify",
                "identifiers": {"id": "u1"},
                "attributes": {
                    "email": "ada@x.example",
                    "created_at": 1767225600,
                    "anonymous_id": "device-1",
                },
                "timestamp": WHEN,
            },
        ),
        (
            {"event": "Order Completed", "properties": {"total": 9.5}, **USER},
            {
                "action": "event",
                "name": "Order Completed",
                "identifiers": {"id": "u1"},
                "attributes": {"total": 9.5},
                "timestamp": WHEN,
            },
        ),
        (
            {"event": "order_completed"},
            {"name": "order_completed", "identifiers": {"anonymous_id": "device-1"}},
        ),
        (
            {"type": "page", "name": "Home", **USER},
            {"action": "page", "name": "Home", "timestamp": WHEN},
        ),
        ({"type": "screen", "name": "Cart"}, {"action": "screen", "name": "Cart"}),
        (
            {"event": "Application Opened", "context": PHONE, **USER},
            {
                "action": "add_device",
                "device": {
                    "token": "t1",
                    "platform": "ios",
                    "last_used": WHEN,
                    "attributes": {"product_id": "p1", "price": 12.5},
                },
            },
        ),
        (
            {"event": "application_uninstalled", "context": PHONE, **USER},
            {"action": "delete_device", "device": {"token": "t1"}},
        ),
        ({"event": "application_opened", "context": PHONE}, {"action": "event"}),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "ACME"}, **USER},
            {
                "type": "object",
                "action": "identify",
                "identifiers": {"object_id": "g1", "object_type_id": "1"},
                "attributes": {"name": "ACME"},
                "cio_relationships": [{"identifiers": {"id": "u1"}}],
            },
        ),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "ACME"}},
            {
                "type": "object",
                "action": "identify_anonymous",
                "identifiers": {"object_id": "g1", "object_type_id": "1"},
                "attributes": {"name": "ACME"},
                "cio_relationships": [{"identifiers": {"anonymous_id": "device-1"}}],
            },
        ),
        (
            {"type": "alias", "previousId": "u0", **USER},
            {"action": "merge", "primary": {"id": "u1"}, "secondary": {"id": "u0"}},
        ),
    ],
)
def test_an_event_is_one_operation(
    event: Make, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    (body,) = translated(event(**fields))

    assert {name: body[name] for name in expected} == expected


def test_who_has_no_id_and_no_email_is_no_person_yet(event: Make) -> None:
    assert translated(event(type="identify", traits={"tier": "gold"})) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"anonymousId": None},
        {"messageId": None},
        {"type": "group"},
        {"type": "alias", "userId": "u1"},
        {"timestamp": "yesterday"},
    ],
)
def test_what_lacks_an_id_or_a_time_is_rejected(
    event: Make, fields: dict[str, Any]
) -> None:
    with pytest.raises(Rejected):
        translated(event(**fields))


def test_the_same_message_has_the_same_ulid(event: Make) -> None:
    (one,), (again,), (other,) = (translated(event(number)) for number in (1, 1, 2))

    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", one["id"])
    assert one["id"] == again["id"] != other["id"]


def test_a_setting_names_the_events_that_tell_tokens(event: Make) -> None:
    made = event(event="Token Registered", context=PHONE, userId="u1")

    assert translated(made)[0]["action"] == "event"
    told = translated(made, device_events=["token_registered"])
    assert told[0]["action"] == "add_device"


def test_each_operation_has_its_own_outcome(event: Make, tool: Any) -> None:
    error = {"batch_index": 1, "field": "name", "message": "of a@x.example is long"}
    tool.answers_with(207, {"errors": [error]})
    ours = CustomerIo({**SECTION, "url": tool.url})
    items = [p.encoded() for n in range(3) for p in ours.translate(event(n))]

    first, second, third = ours.deliver(items)
    ours.close()

    assert first.status is third.status is Status.DELIVERED
    assert (second.status, second.reason) == (
        Status.REJECTED,
        "name: of […] is long",
    )
    assert tool.seen[0].path == "/api/v2/batch"
    assert tool.seen[0].headers["authorization"] == "Basic c2l0ZTprZXk="
    assert len(tool.seen[0].json["batch"]) == 3


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Status.REJECTED),
        (401, Status.MISCONFIGURED),
        (413, Status.REJECTED),
        (429, Status.RETRY),
        (503, Status.RETRY),
    ],
)
def test_an_answer_about_all_is_about_all(
    event: Make, tool: Any, status: int, expected: Status
) -> None:
    tool.answers_with(status, {"meta": {"error": "no"}}, Retry_After="7")
    ours = CustomerIo({**SECTION, "url": tool.url})
    items = [payload.encoded() for payload in ours.translate(event())]

    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items)
    ours.close()

    assert refusal.value.outcome.status is expected
    if status == 429:
        assert refusal.value.outcome.retry_after_seconds == 7


def test_a_refused_batch_is_divided(event: Make, tool: Any, hasty: Any) -> None:
    tool.judges(lambda seen: 413 if len(seen.json["batch"]) > 1 else 200)
    ours = CustomerIo({**SECTION, "url": tool.url})
    items = [p.encoded() for n in range(4) for p in ours.translate(event(n))]

    outcomes = deliver_patiently(ours, items, hasty)
    ours.close()

    assert [one.status for one in outcomes] == [Status.DELIVERED] * 4


def test_a_row_is_a_person_and_can_leave(tool: Any) -> None:
    ours = CustomerIoPeople({**SECTION, "url": tool.url}, "people", "email")
    row = {"email": "a@x.example", "tier": "gold", "created_at": "2026-01-01T00:00:00Z"}
    ours.deliver([ours.prepare(row), ours.prepare_removal(row)])

    assert tool.seen[0].json["batch"] == [
        {
            "type": "person",
            "action": "identify",
            "identifiers": {"email": "a@x.example"},
            "attributes": {"tier": "gold", "created_at": 1767225600},
        },
        {
            "type": "person",
            "action": "delete",
            "identifiers": {"email": "a@x.example"},
        },
    ]
    with pytest.raises(Rejected):
        ours.prepare({"email": None})
    ours.close()
    with pytest.raises(Misconfigured):
        CustomerIoPeople(SECTION, "people", "phone")
