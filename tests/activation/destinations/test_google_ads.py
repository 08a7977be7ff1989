from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from activation.destinations.google_ads import GoogleAds
from activation.destinations.google_ads_audiences import CustomerMatch
from activation.destinations.hashing import sha256
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {
    "customer_id": "123-456-7890",
    "login_customer_id": "999-999-9999",
    "developer_token": "dev",
    "client_id": "c",
    "client_secret": "s",
    "refresh_token": "r",
    "conversion_actions": {"order_completed": "11"},
}
TOKEN = {"access_token": "at", "expires_in": 3599}
UPLOAD = "/v26/customers/1234567890:uploadClickConversions"


@pytest.fixture
def section(tool: Any) -> dict[str, Any]:
    return SECTION | {"url": tool.url, "token_url": f"{tool.url}/token"}


@pytest.fixture
def ours(section: dict[str, Any]) -> Iterator[GoogleAds]:
    opened = GoogleAds(section)
    yield opened
    opened.close()


@pytest.fixture
def match(section: dict[str, Any]) -> Iterator[CustomerMatch]:
    opened = CustomerMatch(section | {"audience_consent": "GRANTED"}, "77")
    yield opened
    opened.close()


@pytest.fixture
def items(ours: GoogleAds, event: Make) -> list[Any]:
    """Four conversions; the last is the first again."""
    context = {"campaign": {"gclid": "g"}}
    return [
        ours.translate(
            event(
                number,
                event="order_completed",
                properties={"order_id": f"o{number}"},
                context=context,
            )
        )[0].encoded()
        for number in (1, 2, 3, 1)
    ]


def failure(*faults: tuple[int, str]) -> dict[str, Any]:
    errors = [
        {
            "errorCode": {"conversionUploadError": code},
            "message": f"{code} of ada@example.com",
            "location": {
                "fieldPathElements": [
                    {"fieldName": "conversions", "index": place},
                    {"fieldName": "order_id"},
                ]
            },
        }
        for place, code in faults
    ]
    return {"partialFailureError": {"code": 3, "details": [{"errors": errors}]}}


def test_each_conversion_has_its_outcome(
    tool: Any, ours: GoogleAds, items: list[Any]
) -> None:
    tool.answers_with(200, TOKEN)
    faults = (
        (0, "ORDER_ID_ALREADY_IN_USE"),
        (1, "EXPIRED_EVENT"),
        (2, "INTERNAL_ERROR"),
    )
    tool.answers_with(200, failure(*faults))

    outcomes = ours.deliver(items)

    assert [one.status for one in outcomes] == [
        *(Status.DELIVERED, Status.REJECTED, Status.RETRY, Status.DELIVERED)
    ]
    assert outcomes[1].reason == "EXPIRED_EVENT: EXPIRED_EVENT of […]"
    signed_in, upload = tool.seen
    assert b"grant_type=refresh_token" in signed_in.content
    assert upload.path == UPLOAD
    assert upload.headers["authorization"] == "Bearer at"
    assert upload.headers["developer-token"] == "dev"
    assert upload.headers["login-customer-id"] == "9999999999"
    assert upload.json["partialFailure"] is True
    assert [one["orderId"] for one in upload.json["conversions"]] == ["o1", "o2", "o3"]


def test_the_token_is_kept_and_renewed_once(
    tool: Any, ours: GoogleAds, items: list[Any]
) -> None:
    for status, body in ((200, TOKEN), (200, {}), (401, {}), (200, TOKEN), (200, {})):
        tool.answers_with(status, body)

    ours.deliver(items)
    ours.deliver(items)

    assert [one.path for one in tool.seen] == [
        *("/token", UPLOAD, UPLOAD, "/token", UPLOAD)
    ]


def test_a_refresh_token_that_has_ended_is_the_operators_turn(
    tool: Any, ours: GoogleAds, items: list[Any]
) -> None:
    tool.answers_with(400, {"error": "invalid_grant"})

    with pytest.raises(NotTaken, match="refresh_token") as refusal:
        ours.deliver(items)

    assert refusal.value.outcome.status is Status.MISCONFIGURED


@pytest.mark.parametrize(
    "refused",
    [
        (
            429,
            {"status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "30s"}]},
            Status.RETRY,
            30,
        ),
        (403, {"status": "PERMISSION_DENIED"}, Status.MISCONFIGURED, None),
        (400, {"status": "INVALID_ARGUMENT"}, Status.REJECTED, None),
        (401, {"status": "UNAUTHENTICATED"}, Status.MISCONFIGURED, None),
        (503, {"status": "UNAVAILABLE"}, Status.RETRY, None),
    ],
)
def test_a_refused_request_says_whose_turn_it_is(
    tool: Any, ours: GoogleAds, items: list[Any], refused: tuple[Any, ...]
) -> None:
    status, error, expected, wait = refused
    for _ in range(2):  # a second time after 401, with a new token
        tool.answers_with(200, TOKEN)
        tool.answers_with(status, {"error": error})

    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items)

    assert refusal.value.outcome.status is expected
    assert refusal.value.outcome.retry_after_seconds == wait


def test_an_error_that_names_no_record_divides_the_batch(
    tool: Any, ours: GoogleAds, items: list[Any]
) -> None:
    tool.answers_with(200, TOKEN)
    tool.answers_with(200, {"partialFailureError": {"code": 3, "message": "some"}})

    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items)

    assert refusal.value.outcome.status is Status.REJECTED


@pytest.mark.parametrize("verb", ["create", "remove"])
def test_people_join_and_leave_a_list_by_hashes(
    tool: Any, match: CustomerMatch, verb: str
) -> None:
    prepare = match.prepare if verb == "create" else match.prepare_removal
    job = "customers/1234567890/offlineUserDataJobs/5"
    refused = failure((1, "INVALID_SHA256_FORMAT"))
    for answer in (TOKEN, {"resourceName": job}, refused, {}):
        tool.answers_with(200, answer)

    outcomes = match.deliver(
        [prepare({"email": "Ada@Example.com"}), prepare({"external_id": "u1"})]
    )

    assert [one.status for one in outcomes] == [Status.DELIVERED, Status.REJECTED]
    _, opened, laid, ran = tool.seen
    assert opened.path == "/v26/customers/1234567890/offlineUserDataJobs:create"
    assert opened.json["job"]["customerMatchUserListMetadata"] == {
        "userList": "customers/1234567890/userLists/77",
        "consent": {"adUserData": "GRANTED", "adPersonalization": "GRANTED"},
    }
    assert laid.path == f"/v26/{job}:addOperations"
    assert [one[verb]["userIdentifiers"] for one in laid.json["operations"]] == [
        [{"hashedEmail": sha256("ada@example.com")}],
        [{"thirdPartyUserId": "u1"}],
    ]
    assert ran.path == f"/v26/{job}:run"


def test_nobody_and_no_list_are_refused(
    match: CustomerMatch, section: dict[str, Any]
) -> None:
    with pytest.raises(Rejected, match="needs one of"):
        match.prepare({"first_name": "Ada"})
    with pytest.raises(Misconfigured, match="needs a user list"):
        CustomerMatch(section, "")


def test_events_without_a_conversion_action_are_misconfigured(
    section: dict[str, Any],
) -> None:
    with pytest.raises(Misconfigured, match="needs a conversion action"):
        GoogleAds(section | {"conversion_actions": {}})
