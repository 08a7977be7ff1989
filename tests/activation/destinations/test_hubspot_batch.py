from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.delivery import Patience, deliver_patiently
from activation.destinations.hubspot import Hubspot
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.forward import forward_once

Make = Callable[..., dict[str, Any]]
SECTION = {"token": "pat-1", "events": {"order_completed": "pe1_order_completed"}}
SECTION |= {"contact_properties": {"tier": "traits.tier"}}
ADA = {"email": "ada@x.example"}


def contacts(hubspot: Hubspot, event: Make, *emails: str) -> list[Any]:
    return [
        payload.encoded()
        for number, email in enumerate(emails)
        for payload in hubspot.translate(
            event(type="identify", traits={"email": email, "tier": number})
        )
    ]


def test_contacts_go_together_and_one_named_twice_goes_once(
    event: Make, tool: Any
) -> None:
    tool.answers_with(200, {"status": "COMPLETE", "results": []})
    hubspot = Hubspot(SECTION | {"url": tool.url})

    items = contacts(hubspot, event, "a@x.example", "b@x.example", "A@x.example")
    outcomes = hubspot.deliver(items)
    hubspot.close()

    (seen,) = tool.seen
    assert seen.path == "/crm/objects/2026-03/contacts/batch/upsert"
    assert seen.headers["authorization"] == "Bearer pat-1"
    inputs = {one["id"]: one["properties"]["tier"] for one in seen.json["inputs"]}
    assert inputs == {"a@x.example": "2", "b@x.example": "1"}
    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)] * 3
    assert (hubspot.limits.records, hubspot.limits.requests_per_second) == (100, 10)


def test_each_contact_has_its_own_outcome(event: Make, tool: Any) -> None:
    error = {
        "category": "VALIDATION_ERROR",
        "message": "Email address b@x.example is invalid",
        "context": {"ids": ["b@x.example"]},
    }
    busy = {**error, "category": "RATE_LIMITS", "context": {"ids": ["c@x.example"]}}
    tool.answers_with(207, {"results": [{}], "numErrors": 2, "errors": [error, busy]})
    hubspot = Hubspot(SECTION | {"url": tool.url})

    items = contacts(hubspot, event, "a@x.example", "b@x.example", "c@x.example")
    outcomes = hubspot.deliver(items)
    hubspot.close()

    statuses = [one.status for one in outcomes]
    assert statuses == [Status.DELIVERED, Status.REJECTED, Status.RETRY]
    assert "x.example" not in outcomes[1].reason


def test_an_error_about_no_named_contact_is_found_by_division(
    event: Make, tool: Any, hasty: Patience
) -> None:
    refusal = {"category": "VALIDATION_ERROR", "message": "not valid"}
    for status, body in ((400, refusal), (200, {}), (400, refusal)):
        tool.answers_with(status, body)
    hubspot = Hubspot(SECTION | {"url": tool.url})

    items = contacts(hubspot, event, "a@x.example", "b@x.example")
    outcomes = deliver_patiently(hubspot, items, hasty)
    hubspot.close()

    assert [one.status for one in outcomes] == [Status.DELIVERED, Status.REJECTED]


def test_custom_events_go_together_with_their_ids(event: Make, tool: Any) -> None:
    tool.answers_with(204, b"")
    hubspot = Hubspot(SECTION | {"url": tool.url})
    items = [
        one.encoded()
        for number in (1, 2, 2)
        for one in hubspot.translate(
            event(number, event="order_completed", context={"traits": ADA})
        )
    ]

    outcomes = hubspot.deliver(items)
    hubspot.close()

    (seen,) = tool.seen
    assert seen.path == "/events/2026-03/send/batch"
    ids = [one["uuid"][-1] for one in seen.json["inputs"]]
    assert ids == ["1", "2", "2"]
    assert outcomes == [Outcome(Status.DELIVERED, http_status=204)] * 3


@pytest.mark.parametrize(
    ("answer", "body", "status", "wait"),
    [
        (401, {"category": "INVALID_AUTHENTICATION"}, Status.MISCONFIGURED, None),
        (403, {"category": "MISSING_SCOPES"}, Status.MISCONFIGURED, None),
        (
            400,
            {"category": "VALIDATION_ERROR", "message": '"PROPERTY_DOESNT_EXIST"'},
            Status.MISCONFIGURED,
            None,
        ),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, Status.RETRY, None),
        (429, {"policyName": "DAILY"}, Status.RETRY, 3600.0),
        (502, b"<html>", Status.RETRY, None),
    ],
)
def test_a_refusal_of_all_says_whose_turn_it_is(
    event: Make, tool: Any, answer: int, body: Any, status: Status, wait: float | None
) -> None:
    tool.answers_with(answer, body)
    hubspot = Hubspot(SECTION | {"url": tool.url})

    with pytest.raises(NotTaken) as refusal:
        hubspot.deliver(contacts(hubspot, event, "a@x.example"))
    hubspot.close()

    assert refusal.value.outcome.status is status
    assert refusal.value.outcome.retry_after_seconds == wait


def test_a_contact_is_there_before_what_it_did(
    event: Make, tool: Any, connected: Callable[..., Any], arrive: Callable[..., None]
) -> None:
    section = {**SECTION, "kind": "hubspot", "url": tool.url}
    settings = connected({"crm": {"destination": section}})
    events = []
    for number in range(0, 90, 3):
        person = {"userId": f"u{number}", "anonymousId": f"d{number}"}
        traits = {"email": f"u{number}@x.example"}
        events += [
            event(number, **person, type="identify", event=None, traits=traits),
            event(
                number + 1,
                **person,
                event="order_completed",
                context={"traits": traits},
            ),
            event(number + 2, **person, event="product_viewed"),
        ]
    arrive(settings, events)

    (result,) = forward_once(settings).connections

    assert result.delivered == 60
    assert [one.path.split("/")[1] for one in tool.seen] == ["crm", "events"]
    assert [len(one.json["inputs"]) for one in tool.seen] == [30, 30]
