from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.zendesk import KIND, Zendesk
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {
    "url": "https://shop.zendesk.com",
    "email": "agent@shop.example",
    "api_token": "secret",
    "user_fields": {"tier": "traits.tier"},
    "organization_fields": {"plan": "traits.plan"},
    "events": ["order_completed"],
    "tickets": {
        "wholesale_enquiry_submitted": {
            "subject": "Enquiry of {{ properties.company }}",
            "body": "{{ name }} writes: {{ properties.note }}",
            "priority": "high",
            "tags": ["wholesale"],
        }
    },
}
ADA = {"email": "ada@x.example", "first_name": "Ada", "lastName": "L", "tier": "gold"}
MESSAGE_ID = "00000000-0000-4000-8000-000000000001"


def timeline(
    event_name: str, *identifiers: tuple[str, str], **more: str
) -> dict[str, Any]:
    return {
        "profile": {
            "source": "headwater",
            "type": "customer",
            **more,
            "identifiers": [{"type": kind, "value": one} for kind, one in identifiers],
        },
        "event": {
            "source": "headwater",
            "type": event_name,
            "description": event_name,
            "created_at": "2026-10-01T10:00:01.250+00:00",
            "properties": {"total": 12.3},
        },
    }


@pytest.mark.parametrize(
    ("fields", "bodies", "lanes"),
    [
        (
            {"type": "identify", "userId": "u1", "traits": ADA},
            [
                {
                    "external_id": "u1",
                    "email": "ada@x.example",
                    "name": "Ada L",
                    "user_fields": {"tier": "gold"},
                    "skip_verify_email": True,
                }
            ],
            ["users"],
        ),
        ({"type": "identify", "traits": {"first_name": "Ada"}}, [], []),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "Acme", "plan": "a"}},
            [
                {
                    "name": "Acme",
                    "external_id": "g1",
                    "organization_fields": {"plan": "a"},
                }
            ],
            ["organizations g1"],
        ),
        (
            {
                "type": "group",
                "groupId": "g1",
                "userId": "u1",
                "traits": {"name": "Acme"},
            },
            [
                {"name": "Acme", "external_id": "g1"},
                {"organization": "g1", "user": {"external_id": "u1"}},
            ],
            ["organizations g1", f"memberships {MESSAGE_ID}"],
        ),
        (
            {"event": "order_completed", "userId": "u1", "properties": {"total": 12.3}},
            [timeline("order_completed", ("external_id", "u1"))],
            [f"events {MESSAGE_ID}"],
        ),
        (
            {
                "event": "Order Completed",
                "context": {"traits": ADA},
                "properties": {"total": 12.3},
            },
            [timeline("Order Completed", ("email", "ada@x.example"), name="Ada L")],
            [f"events {MESSAGE_ID}"],
        ),
        (
            {
                "event": "wholesale_enquiry_submitted",
                "context": {"traits": ADA},
                "properties": {"company": "Acme\nInc", "note": "<b> & co"},
            },
            [
                {
                    "subject": "Enquiry of Acme Inc",
                    "comment": {"body": "Ada L writes: <b> & co"},
                    "priority": "high",
                    "tags": ["wholesale"],
                    "requester": {"email": "ada@x.example", "name": "Ada L"},
                    "external_id": MESSAGE_ID,
                }
            ],
            [f"tickets {MESSAGE_ID}"],
        ),
        ({"event": "product_viewed"}, [], []),
        ({"type": "page", "name": "Home"}, [], []),
        ({"type": "screen", "name": "Home"}, [], []),
        ({"type": "alias", "previousId": "x"}, [], []),
    ],
)
def test_an_event_becomes_what_zendesk_has_for_it(
    event: Make, fields: dict[str, Any], bodies: list[Any], lanes: list[str]
) -> None:
    zendesk = Zendesk(SECTION)
    sent = event(1, **fields)
    before = copy.deepcopy(sent)

    payloads = zendesk.translate(sent)
    zendesk.close()

    assert [one.body for one in payloads] == bodies
    assert [one.lane for one in payloads] == lanes
    assert sent == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"event": "order_completed"}, "userId or an email"),
        ({"event": "wholesale_enquiry_submitted"}, "email"),
        ({"type": "group", "groupId": "g1"}, "name"),
        ({"type": "group", "traits": {"name": "Acme"}}, "groupId"),
        ({"event": "e" * 41, "userId": "u1"}, "40 characters"),
    ],
)
def test_an_event_that_zendesk_could_not_take_is_rejected(
    event: Make, fields: dict[str, Any], words: str
) -> None:
    zendesk = Zendesk({**SECTION, "events": ["order_completed", "e" * 41]})

    with pytest.raises(Rejected, match=words):
        zendesk.translate(event(**fields))
    zendesk.close()


@pytest.mark.parametrize(
    ("fields", "path", "wrapped", "key"),
    [
        (
            {"event": "order_completed", "userId": "u1"},
            "/api/v2/user_profiles/events",
            "event",
            MESSAGE_ID,
        ),
        (
            {"event": "wholesale_enquiry_submitted", "context": {"traits": ADA}},
            "/api/v2/tickets",
            "ticket",
            MESSAGE_ID,
        ),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "Acme"}},
            "/api/v2/organizations/create_or_update",
            "organization",
            None,
        ),
    ],
)
def test_what_goes_one_by_one_has_the_events_own_key(
    event: Make, tool: Any, fields: dict[str, Any], path: str, wrapped: str, key: Any
) -> None:
    tool.usually_answers(201)
    zendesk = Zendesk({**SECTION, "url": tool.url})
    (payload,) = zendesk.translate(event(1, **fields))

    outcomes = zendesk.deliver([payload.encoded()])
    zendesk.deliver([payload.encoded()])
    zendesk.close()

    first, second = tool.seen
    assert outcomes == [Outcome(Status.DELIVERED, http_status=201)]
    assert (first.path, wrapped in first.json) == (path, True)
    assert first.headers.get("idempotency-key") == key
    assert second.headers.get("idempotency-key") == key
    assert first.headers["authorization"].startswith("Basic ")
    assert (zendesk.limits.records, zendesk.limits.requests_per_second) == (100, 3.0)


@pytest.mark.parametrize(
    ("answer", "body", "status", "words"),
    [
        (
            422,
            {"error": "RecordInvalid", "description": "Record validation errors"},
            Status.REJECTED,
            "RecordInvalid",
        ),
        (400, {"error": {"title": "Bad", "message": "no"}}, Status.REJECTED, "no"),
        (401, {"error": "Couldn't authenticate you"}, Status.MISCONFIGURED, "401"),
        (403, {"error": {"title": "Forbidden"}}, Status.MISCONFIGURED, "403"),
        (409, {"error": "Conflict"}, Status.RETRY, "Conflict"),
        (429, {"error": "APIRateLimitExceeded"}, Status.RETRY, "429"),
        (503, b"", Status.RETRY, "503"),
    ],
)
def test_an_answer_says_whose_turn_it_is(
    event: Make, tool: Any, answer: int, body: Any, status: Status, words: str
) -> None:
    tool.answers_with(answer, body, retry_after="11")
    zendesk = Zendesk({**SECTION, "url": tool.url})
    (payload,) = zendesk.translate(event(event="order_completed", userId="u1"))

    with pytest.raises(NotTaken) as refusal:
        zendesk.deliver([payload.encoded()])
    zendesk.close()

    outcome = refusal.value.outcome
    assert outcome.status is status
    assert words in outcome.reason
    assert outcome.retry_after_seconds == (11 if answer in {429, 503} else None)


@pytest.mark.parametrize(
    "tickets", [["a"], {"a": {"subject": "x"}}, {"a": {"body": "{{ x"}}]
)
def test_tickets_that_cannot_be_written_are_refused(tickets: Any) -> None:
    with pytest.raises(Misconfigured, match="tickets"):
        Zendesk({**SECTION, "tickets": tickets})


def test_the_token_is_declared_a_secret() -> None:
    assert [one.name for one in KIND.settings if one.is_secret] == ["api_token"]


GROUP = {"type": "group", "groupId": "g1", "traits": {"name": "Acme"}}
TAKEN = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"user_id": [{"description": "User has already been taken"}]},
}


@pytest.mark.parametrize(("status", "body"), [(201, {}), (422, TAKEN)])
def test_who_is_known_joins_the_organization(
    event: Make, tool: Any, status: int, body: dict[str, Any]
) -> None:
    ours = Zendesk(SECTION | {"url": tool.url})
    _, member = ours.translate(event(userId="u 1", **GROUP))
    tool.answers_with(200, {"users": [{"id": 7}]})
    tool.answers_with(200, {"organizations": [{"id": 9}]})
    tool.answers_with(status, body)

    (outcome,) = ours.deliver([member.encoded()])
    ours.close()

    assert outcome.status == "delivered"
    user, organization, joined = tool.seen
    assert (user.method, user.path) == ("GET", "/api/v2/users/search")
    assert user.query == {"external_id": "u 1"}
    assert organization.query == {"external_id": "g1"}
    assert joined.path == "/api/v2/organization_memberships"
    ids = {"user_id": 7, "organization_id": 9}
    assert joined.json == {"organization_membership": ids}


def test_a_member_may_be_known_by_email_alone(event: Make, tool: Any) -> None:
    ours = Zendesk(SECTION | {"url": tool.url})
    _, member = ours.translate(event(context={"traits": ADA}, **GROUP))
    tool.answers_with(200, {"users": []})
    tool.answers_with(200, {"organizations": [{"id": 9}]})

    (outcome,) = ours.deliver([member.encoded()])
    ours.close()

    assert tool.seen[0].query == {"query": "email:ada@x.example"}
    assert outcome == Outcome(Status.REJECTED, "Zendesk has no such user", 200)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [(429, {}, "retry"), (422, {"error": "RecordInvalid"}, "rejected")],
)
def test_a_membership_that_is_refused_says_why(
    event: Make, tool: Any, status: int, body: dict[str, Any], expected: str
) -> None:
    ours = Zendesk(SECTION | {"url": tool.url})
    _, member = ours.translate(event(userId="u1", **GROUP))
    tool.answers_with(200, {"users": [{"id": 7}]})
    tool.answers_with(200, {"organizations": [{"id": 9}]})
    tool.answers_with(status, body)

    with pytest.raises(NotTaken) as refused:
        ours.deliver([member.encoded()])
    ours.close()

    assert refused.value.outcome.status == expected
