from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.destinations.delivery import deliver_patiently
from activation.destinations.klaviyo_api import MEDIA_TYPE
from activation.destinations.klaviyo_events import KlaviyoEvents
from activation.destinations.outcome import NotTaken, Status

Make = Callable[..., dict[str, Any]]
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
ADDRESS = "https://a.klaviyo.com"
TRAITS = {
    "email": "Ada@X.example",
    "phone": "01632 960001",
    "firstName": "Ada",
    "last_name": None,
    "company": {"name": "ACME", "size": 3},
    "address": {"street": "1 High St", "city": "London", "country": "GB"},
    "tier": "gold",
    "old": None,
}
KNOWN = {"userId": "u1", "traits": TRAITS}
SUBSCRIBED = {"event": "Newsletter Subscribed", "properties": {"email": "a@x.example"}}


def opened(url: str = ADDRESS, **settings: Any) -> KlaviyoEvents:
    section = {"url": url, "api_key": "key", "list_id": "L1", **settings}
    return KlaviyoEvents(section, now=lambda: NOW)


def translated(event: dict[str, Any], **settings: Any) -> list[tuple[str, Any]]:
    tool = opened(**settings)
    payloads = [(one.lane, one.body) for one in tool.translate(event)]
    tool.close()
    return payloads


def test_an_identify_is_a_profile(event: Make) -> None:
    made = event(type="identify", **KNOWN)
    ((lane, body),) = translated(made, phone_country_code="44")

    assert lane == "profile"
    assert body["type"] == "profile"
    assert body["attributes"] == {
        "email": "ada@x.example",
        "phone_number": "+441632960001",
        "external_id": "u1",
        "first_name": "Ada",
        "last_name": None,
        "organization": "ACME",
        "location": {"address1": "1 High St", "city": "London", "country": "GB"},
        "properties": {"tier": "gold", "old": None},
    }


def test_a_number_of_an_unknown_country_is_left_out(event: Make) -> None:
    ((_, body),) = translated(event(type="identify", **KNOWN))

    assert "phone_number" not in body["attributes"]
    assert translated(event(type="identify", traits={"tier": "gold"})) == []


@pytest.mark.parametrize(
    ("when", "consent", "more"),
    [
        ("2026-10-01T11:59:00Z", {"consent": "SUBSCRIBED"}, {}),
        (
            "2026-09-01T10:00:00Z",
            {"consent": "SUBSCRIBED", "consented_at": "2026-09-01T10:00:00.000Z"},
            {"historical_import": True},
        ),
    ],
)
def test_asking_for_the_newsletter_is_consent(
    event: Make, when: str, consent: dict[str, str], more: dict[str, bool]
) -> None:
    (first, second) = translated(event(timestamp=when, **SUBSCRIBED))
    profile = {
        "email": "a@x.example",
        "subscriptions": {"email": {"marketing": consent}},
    }

    assert first[0] == "event"
    assert second == (
        "subscription",
        {
            "type": "profile-subscription-bulk-create-job",
            "attributes": {
                **more,
                "profiles": {"data": [{"type": "profile", "attributes": profile}]},
            },
            "relationships": {"list": {"data": {"type": "list", "id": "L1"}}},
        },
    )


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        ({}, {"list_id": None}),
        ({}, {"subscription_events": ["joined"]}),
        ({}, {"subscription_events": []}),
        ({"userId": "u1", "properties": {}}, {}),
    ],
)
def test_nobody_consents_without_a_list_or_an_address(
    event: Make, fields: dict[str, Any], settings: dict[str, Any]
) -> None:
    made = event(**SUBSCRIBED | fields)

    assert [lane for lane, _ in translated(made, **settings)] == ["event"]


def test_requests_are_as_the_vendor_documents_them(
    event: Make, validates: Callable[..., None]
) -> None:
    tool = opened()
    order = {"order_id": "o1", "total": 12.3, "product_id": "p1", "currency": "EUR"}
    payloads = [
        payload
        for number, fields in enumerate(
            (
                {"type": "identify", **KNOWN},
                {"event": "order_completed", "properties": order, **KNOWN},
                {"timestamp": "2026-09-01T10:00:00Z", **SUBSCRIBED},
                {**SUBSCRIBED, "event": "Newsletter Unsubscribed"},
            )
        )
        for payload in tool.translate(event(number, **fields))
    ]
    requests = [tool.request([payload.encoded()]) for payload in payloads]
    tool.close()

    paths = [request.url.removeprefix(ADDRESS) for request in requests]
    assert set(paths) == {
        *("/api/events", "/api/profile-import"),
        "/api/profile-subscription-bulk-create-jobs",
        "/api/profile-subscription-bulk-delete-jobs",
    }
    for request, path in zip(requests, paths, strict=True):
        file = "events" if path == "/api/events" else "profiles"
        validates(request, f"klaviyo.{file}.json", server=ADDRESS, path=path)


def test_a_record_goes_alone_with_key_and_revision(event: Make, tool: Any) -> None:
    tool.usually_answers(202)
    ours = opened(tool.url)
    (payload,) = ours.translate(event(**KNOWN))
    (outcome,) = ours.deliver([payload.encoded()])
    ours.close()

    (seen,) = tool.seen
    assert (outcome.status, outcome.http_status) == (Status.DELIVERED, 202)
    assert (ours.limits.records, seen.path) == (1, "/api/events")
    assert seen.headers["authorization"] == "Klaviyo-API-Key key"
    assert seen.headers["content-type"] == MEDIA_TYPE
    assert seen.headers["revision"] == "2026-07-15"
    assert seen.json["data"]["attributes"]["unique_id"].endswith("0001")


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
def test_an_answer_is_about_its_record(
    event: Make, tool: Any, status: int, expected: Status
) -> None:
    error = {"detail": "a@x.example is odd", "source": {"pointer": "/data/email"}}
    tool.answers_with(status, {"errors": [error]}, Retry_After="7")
    ours = opened(tool.url)
    (payload,) = ours.translate(event(**KNOWN))

    with pytest.raises(NotTaken) as refusal:
        ours.deliver([payload.encoded()])
    ours.close()

    outcome = refusal.value.outcome
    assert outcome.status is expected
    if status == 400:
        assert outcome.reason == "HTTP 400: […] is odd (email)"
    if status == 429:
        assert outcome.retry_after_seconds == 7


def test_what_was_too_fast_arrives_later(event: Make, tool: Any, hasty: Any) -> None:
    tool.answers_with(429, {}, Retry_After="0")
    tool.usually_answers(202)
    ours = opened(tool.url)
    (payload,) = ours.translate(event(**KNOWN))

    (outcome,) = deliver_patiently(ours, [payload.encoded()], hasty)
    ours.close()

    assert (outcome.status, outcome.attempt) == (Status.DELIVERED, 2)
    assert tool.seen[0].content == tool.seen[1].content
