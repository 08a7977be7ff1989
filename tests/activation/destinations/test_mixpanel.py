from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from activation.destinations.mixpanel import Mixpanel
from activation.destinations.mixpanel_event import translate
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.registry import open_for_events
from cdp.errors import Rejected

SHARED = Path(__file__).parents[4] / "shared"
Make = Callable[..., dict[str, Any]]
SECTION = {
    "url": "https://api.mixpanel.com",
    "project_id": "1",
    "service_account": "account",
    "service_secret": "secret",
}


def properties_of(event: dict[str, Any]) -> dict[str, Any]:
    body = translate(event)
    assert body is not None
    told: dict[str, Any] = body["properties"]
    return told


def test_an_event_keeps_its_name_time_and_properties(event: Make) -> None:
    body = translate(event(1, event="order_completed"))

    assert body is not None
    assert body["event"] == "order_completed"
    assert body["properties"]["time"] == 1790848801250
    assert body["properties"]["price"] == 12.5
    assert body["properties"]["$current_url"] == "https://shop.example.com/p1"


def test_a_known_user_and_the_device_are_both_told(event: Make) -> None:
    told = properties_of(event(userId="user-1"))

    assert told["distinct_id"] == told["$user_id"] == "user-1"
    assert told["$device_id"] == "device-1"


def test_a_stranger_is_known_by_the_device(event: Make) -> None:
    told = properties_of(event())

    assert told["distinct_id"] == "$device:device-1"
    assert "$user_id" not in told


def test_campaign_and_referrer_are_told(event: Make) -> None:
    context = {
        "page": {"referrer": "https://search.example.com"},
        "campaign": {"source": "news", "medium": "email", "name": "spring"},
    }

    told = properties_of(event(context=context))

    assert told["$referrer"] == "https://search.example.com"
    assert (told["utm_source"], told["utm_medium"]) == ("news", "email")
    assert told["utm_campaign"] == "spring"


def test_a_long_message_id_becomes_a_stable_id_in_the_vendors_form(
    event: Make,
) -> None:
    long_id = "node-next-1790848801250-6f9619ff-8b86-4d01-b42d-00cf4fc964ff"

    first = properties_of(event(messageId=long_id))["$insert_id"]

    assert len(first) == 36
    assert properties_of(event(messageId=long_id))["$insert_id"] == first
    assert properties_of(event(messageId=long_id + "x"))["$insert_id"] != first


def test_a_property_cannot_overwrite_who_and_when(event: Make) -> None:
    told = properties_of(event(properties={"distinct_id": "x", "time": 1}))

    assert told["distinct_id"] == "$device:device-1"
    assert told["time"] == 1790848801250


def test_pages_are_named_and_identify_joins_device_and_user(event: Make) -> None:
    assert (translate(event(type="page", event=None)) or {})["event"] == "Loaded a Page"
    joined = translate(event(type="identify", event=None, userId="user-1"))
    assert joined is not None
    assert joined["event"] == "$identify"
    assert translate(event(type="identify", event=None)) is None
    assert translate(event(type="group", event=None)) is None


def test_an_event_of_nobody_is_rejected(event: Make) -> None:
    with pytest.raises(Rejected, match="no user"):
        translate(event(anonymousId=None))


def test_the_request_keeps_to_the_vendors_specification(event: Make) -> None:
    file = SHARED / "specs" / "mixpanel.ingestion.yaml"
    if not file.exists():
        pytest.skip(f"the vendor's OpenAPI document is not at {file}")
    document = yaml.safe_load(file.read_text())
    document["paths"] = {"/import": document["paths"]["/import"]}
    api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
    tool = Mixpanel(SECTION)
    kinds = [
        event(1, userId="user-1"),
        event(2, type="page", event=None),
        event(3, type="identify", event=None, userId="user-1"),
    ]
    items = [each.encoded() for one in kinds for each in tool.translate(one)]
    request = tool.request(items * 20)
    tool.close()

    headers = dict(request.headers)
    assert headers.pop("Content-Encoding") == "gzip"
    api.validate_request(
        MockRequest(
            "https://api.mixpanel.com",
            request.method.lower(),
            "/import",
            args=dict(request.params),
            headers=headers,
            data=gzip.decompress(request.content),
            content_type=headers["Content-Type"],
        )
    )


def deliver(workspace: Any, events: list[dict[str, Any]]) -> list[Outcome]:
    tool = open_for_events(workspace.settings, "mixpanel")
    try:
        return tool.deliver(
            [each.encoded() for one in events for each in tool.translate(one)]
        )
    finally:
        tool.close()


def test_the_one_event_that_is_too_old_is_rejected_alone(
    workspace: Any, event: Make
) -> None:
    old = event(2, timestamp="2019-01-01T00:00:00.000Z")

    outcomes = deliver(workspace, [event(1), old, event(3)])

    assert [one.status for one in outcomes] == [
        Status.DELIVERED,
        Status.REJECTED,
        Status.DELIVERED,
    ]
    assert "5 years" in outcomes[1].reason
    assert len(workspace.taken("mixpanel", "events")) == 2


def test_wrong_credentials_are_the_operators_turn(workspace: Any, event: Make) -> None:
    section = workspace.settings.section("destinations.mixpanel")
    tool = Mixpanel(section | {"service_secret": "wrong"})
    (payload,) = tool.translate(event())

    with pytest.raises(NotTaken) as refusal:
        tool.deliver([payload.encoded()])
    tool.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED


@pytest.mark.parametrize(("own", "expected"), [({}, "g1"), ({"company": "g2"}, "g2")])
def test_an_event_is_told_with_its_group(
    event: Make, own: dict[str, Any], expected: str
) -> None:
    ours = Mixpanel({**SECTION, "groups": ["company", "team"]})
    made = event(context={"groupId": "g1"}, properties=own)

    (payload,) = ours.translate(made)
    ours.close()

    assert payload.body["properties"]["company"] == expected
    assert "team" not in payload.body["properties"]
