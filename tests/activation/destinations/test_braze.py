from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from activation.destinations.braze import Braze, BrazeUsers
from activation.destinations.delivery import Item, deliver_patiently
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
ALL: tuple[dict[str, Any], ...] = (
    {"type": "identify", "traits": {"email": "a@x.example"}},
    {"event": "product_viewed"},
    {
        "event": "order_completed",
        "properties": {"product_id": "p1", "price": 1.1, "currency": "EUR"},
    },
)


def opened(tool: Any, **more: Any) -> Braze:
    return Braze({"url": tool.url, "api_key": "key"}, **more)


def items_of(ours: Braze, make: Make, count: int, **fields: Any) -> list[Item]:
    made = (make(number, userId="u1", **fields) for number in range(count))
    return [payload.encoded() for one in made for payload in ours.translate(one)]


def test_requests_are_as_the_vendor_documents_them(
    event: Make, validates: Callable[..., None]
) -> None:
    section = {"url": "https://rest.iad-01.braze.com", "api_key": "key"}
    ours = Braze(section)
    payloads = [
        payload
        for number, fields in enumerate(ALL)
        for payload in ours.translate(event(number, userId="u1", **fields))
    ]
    requests = [ours.request([payload.encoded()]) for payload in payloads]
    ours.close()
    users, row = BrazeUsers(section), {"external_id": "u1", "tier": "gold"}
    prepared = (users.prepare_removal, users.prepare_update, users.prepare_creation)
    requests += [users.request([prepare(row)]) for prepare in prepared]
    requests.append(users.question(["u1"]))
    users.close()

    paths = [request.url.removeprefix(section["url"]) for request in requests]
    known = ["delete", "export/ids", "identify", "track"]
    assert sorted(set(paths)) == [f"/users/{name}" for name in known]
    assert {payload.lane for payload in payloads} == {
        *("identify", "attributes", "events", "purchases")
    }
    for request, path in zip(requests, paths, strict=True):
        validates(request, "braze.json", server=section["url"], path=path)


def test_each_record_has_its_own_outcome(event: Make, tool: Any) -> None:
    error = {"type": "'time' of a@x.example", "input_array": "events", "index": 1}
    tool.answers_with(201, {"message": "success", "errors": [error]})
    ours = opened(tool)

    first, second, third = ours.deliver(items_of(ours, event, 3))
    ours.close()

    assert first.status is third.status is Status.DELIVERED
    assert (second.status, second.reason) == (Status.REJECTED, "'time' of […]")
    assert tool.seen[0].path == "/users/track"
    assert tool.seen[0].headers["authorization"] == "Bearer key"
    assert len(tool.seen[0].json["events"]) == 3


def test_the_others_of_a_refused_request_go_again(
    event: Make, tool: Any, hasty: Any
) -> None:
    error = {"type": "'time' is not valid", "input_array": "events", "index": 1}
    tool.answers_with(400, {"message": "Valid data", "errors": [error]})
    ours = opened(tool)

    outcomes = deliver_patiently(ours, items_of(ours, event, 3), hasty)
    ours.close()

    assert [one.status for one in outcomes] == [
        *(Status.DELIVERED, Status.REJECTED, Status.DELIVERED)
    ]
    assert [len(seen.json["events"]) for seen in tool.seen] == [3, 2]


@pytest.mark.parametrize(
    ("fields", "requests", "first"),
    [
        ({"event": "product_viewed"}, 1, Status.DELIVERED),
        ({"type": "alias", "previousId": "d0"}, 3, Status.DELIVERED),
    ],
)
def test_only_what_may_be_sent_twice_is_divided_after_an_unclear_answer(
    event: Make,
    tool: Any,
    hasty: Any,
    fields: dict[str, Any],
    requests: int,
    first: Status,
) -> None:
    tool.answers_with(201, {"message": "success", "errors": ["one is wrong"]})
    ours = opened(tool)

    outcomes = deliver_patiently(ours, items_of(ours, event, 2, **fields), hasty)
    ours.close()

    assert [one.status for one in outcomes] == [first] * 2
    assert len(tool.seen) == requests
    assert ("perhaps not all of 2" in outcomes[0].reason) is (requests == 1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Status.REJECTED),
        (401, Status.MISCONFIGURED),
        (403, Status.MISCONFIGURED),
        (413, Status.REJECTED),
        (429, Status.RETRY),
        (503, Status.RETRY),
    ],
)
def test_an_answer_about_all_is_about_all(
    event: Make, tool: Any, status: int, expected: Status
) -> None:
    tool.answers_with(status, {"message": "no"})
    ours = opened(tool)

    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items_of(ours, event, 2))
    ours.close()

    assert refusal.value.outcome.status is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X_RateLimit_Reset": "1012"}, 12),
        ({"X_RateLimit_Reset": "900"}, 0),
        ({"X_RateLimit_Reset": "soon"}, None),
        ({"Retry_After": "7", "X_RateLimit_Reset": "1012"}, 7),
    ],
)
def test_a_limit_is_waited_for(
    event: Make, tool: Any, headers: dict[str, str], expected: int | None
) -> None:
    tool.answers_with(429, {"message": "slower"}, **headers)
    ours = opened(tool, clock=lambda: 1000.0)

    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items_of(ours, event, 1))
    ours.close()

    assert refusal.value.outcome.retry_after_seconds == expected


def test_a_request_that_is_too_large_is_divided(
    event: Make, tool: Any, hasty: Any
) -> None:
    tool.judges(lambda seen: 413 if len(seen.json["events"]) > 1 else 201)
    ours = opened(tool)

    outcomes = deliver_patiently(ours, items_of(ours, event, 4), hasty)
    ours.close()

    assert [one.status for one in outcomes] == [Status.DELIVERED] * 4


def test_a_row_is_a_user_and_can_leave(tool: Any) -> None:
    ours = BrazeUsers({"url": tool.url, "api_key": "key"}, "users", "external_id")
    row = {"external_id": 7, "ltv": Decimal("12.30"), "tier": None, "home.x": 1}
    ours.deliver([ours.prepare(row)])
    ours.deliver([ours.prepare_removal(row)])
    with pytest.raises(Rejected):
        ours.prepare({"external_id": None})
    ours.close()

    assert b'"ltv":12.30' in tool.seen[0].content
    assert tool.seen[0].json["attributes"] == [
        {"external_id": "7", "ltv": 12.3, "tier": None, "home": {"x": 1}}
    ]
    assert tool.seen[1].path == "/users/delete"
    assert tool.seen[1].json == {"external_ids": ["7"]}


ROWS = [{"external_id": f"u{number}", "tier": "gold"} for number in range(3)]
KNOWN = {"users": [{"external_id": "u1"}, {}], "invalid_user_ids": ["u0", "u2"]}


def test_users_whom_it_has_are_changed_and_nobody_is_made(tool: Any) -> None:
    tool.answers_with(201, KNOWN)
    ours = BrazeUsers({"url": tool.url, "api_key": "key"})
    items = [ours.prepare_update(row) for row in ROWS]

    outcomes = ours.deliver(items)
    ours.close()

    asked, sent = tool.seen
    assert asked.path == "/users/export/ids"
    assert asked.json == {
        "external_ids": ["u0", "u1", "u2"],
        "fields_to_export": ["external_id"],
    }
    assert sent.path == "/users/track"
    assert sent.json["attributes"] == [{**ROWS[1], "_update_existing_only": True}]
    assert [one.status.value for one in outcomes] == ["left", "delivered", "left"]


def test_users_whom_it_lacks_are_made_and_nobody_is_changed(tool: Any) -> None:
    tool.answers_with(201, KNOWN)
    error = {"type": "not valid", "input_array": "attributes", "index": 1}
    tool.answers_with(201, {"message": "success", "errors": [error]})
    ours = BrazeUsers({"url": tool.url, "api_key": "key"})

    outcomes = ours.deliver([ours.prepare_creation(row) for row in ROWS])
    ours.close()

    assert tool.seen[1].json["attributes"] == [ROWS[0], ROWS[2]]
    assert [one.status.value for one in outcomes] == ["delivered", "left", "rejected"]


def test_a_question_that_comes_too_often_waits_until_the_limit_is_reset(
    tool: Any,
) -> None:
    tool.answers_with(429, {}, x_ratelimit_reset="130")
    ours = BrazeUsers({"url": tool.url, "api_key": "key"}, clock=lambda: 100.0)

    with pytest.raises(NotTaken) as refusal:
        ours.deliver([ours.prepare_update(ROWS[0])])
    ours.close()

    assert refusal.value.outcome.retry_after_seconds == 30
    assert len(tool.seen) == 1


def test_users_are_asked_for_by_external_id_alone() -> None:
    section = {"url": "https://rest.iad-01.braze.com", "api_key": "key"}
    for field in ("email", "braze_id"):
        ours = BrazeUsers(section, "users", field)
        with pytest.raises(Misconfigured, match=field):
            ours.check_asking()
        ours.close()


def test_users_are_matched_by_what_braze_knows() -> None:
    section = {"url": "https://rest.iad-01.braze.com", "api_key": "key"}
    by_email = BrazeUsers(section, "users", "email")
    with pytest.raises(Rejected):
        by_email.prepare_removal({"email": "a@x.example"})
    by_email.close()

    with pytest.raises(Misconfigured):
        BrazeUsers(section, "users", "name")
