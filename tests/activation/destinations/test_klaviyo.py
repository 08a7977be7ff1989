from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from activation.destinations.delivery import (
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.klaviyo import Klaviyo, translate
from activation.destinations.klaviyo_api import MEDIA_TYPE
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.registry import open_for_records
from cdp.errors import Rejected
from sandbox.tools.traffic import Fault

SHARED = Path(__file__).parents[4] / "shared"
SECTION = {"url": "https://a.klaviyo.com", "api_key": "key", "list_id": "L1"}


def profile(number: int, **fields: Any) -> dict[str, Any]:
    usual = {
        "email": f"person{number}@shop.example",
        "external_id": f"user-{number}",
        "location.city": "Oslo",
        "properties.high_value": True,
        "subscribed": False,
    }
    return usual | fields


def deliver(
    workspace: Any, records: list[dict[str, Any]], patience: Patience
) -> dict[str, Outcome]:
    tool = open_for_records(workspace.settings, "klaviyo", "profile", "")
    found: dict[str, Outcome] = {}
    try:
        tagged = [Tagged(str(one.get("email")), tool.prepare(one)) for one in records]
        for batch in batches(tagged, tool.limits):
            outcomes = deliver_patiently(tool, [one.item for one in batch], patience)
            found |= dict(zip([one.tag for one in batch], outcomes, strict=True))
    finally:
        tool.close()
    return found


def test_dotted_fields_are_nested_and_absent_identifiers_are_left_out() -> None:
    body = translate(profile(1, external_id=None, **{"location.city": None}))

    assert body["attributes"] == {
        "email": "person1@shop.example",
        "location": {"city": None},
        "properties": {"high_value": True},
    }


def test_a_profile_without_any_identifier_is_rejected() -> None:
    with pytest.raises(Rejected, match="needs one of"):
        translate(profile(1, email=None, external_id=None))


def test_the_request_keeps_to_the_vendors_specification() -> None:
    file = SHARED / "specs" / "klaviyo.profiles.json"
    if not file.exists():
        pytest.skip(f"the vendor's OpenAPI document is not at {file}")
    document = json.loads(file.read_text())
    api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
    tool = Klaviyo(SECTION)
    request = tool.request([tool.prepare(profile(1, subscribed=True))])
    tool.close()

    headers = dict(request.headers)
    api.validate_request(
        MockRequest(
            "https://a.klaviyo.com",
            "post",
            request.url.removeprefix("https://a.klaviyo.com"),
            headers=headers,
            data=request.content,
            content_type=MEDIA_TYPE,
        )
    )


def test_profiles_are_imported_and_only_subscribers_join_the_list(
    workspace: Any, hasty: Patience
) -> None:
    records = [profile(1, subscribed=True), profile(2), profile(3, subscribed=True)]

    outcomes = deliver(workspace, records, hasty)

    assert {one.status for one in outcomes.values()} == {Status.DELIVERED}
    assert len(workspace.taken("klaviyo", "profiles")) == 3
    assert len(workspace.taken("klaviyo", "list_profiles")) == 2


def test_one_bad_profile_does_not_stop_its_neighbours(
    workspace: Any, hasty: Patience
) -> None:
    bad = profile(2, email="nobody")

    outcomes = deliver(workspace, [profile(1), bad, profile(3)], hasty)

    assert outcomes["nobody"].status is Status.REJECTED
    assert outcomes["nobody"].reason == "Invalid email"
    assert len(workspace.taken("klaviyo", "profiles")) == 2


def test_a_field_that_the_vendor_does_not_know_is_found_by_dividing(
    workspace: Any, hasty: Patience
) -> None:
    records = [profile(number) for number in range(8)]
    records[5]["location.planet"] = "Mars"

    outcomes = deliver(workspace, records, hasty)

    assert outcomes["person5@shop.example"].status is Status.REJECTED
    assert "planet" in outcomes["person5@shop.example"].reason
    assert [one.status for one in outcomes.values()].count(Status.DELIVERED) == 7


def test_a_throttled_import_waits_as_long_as_it_is_told(workspace: Any) -> None:
    fault = Fault("status", status=429, retry_after=3)
    workspace.stand.traffic.inject("klaviyo", fault, count=1)
    waits: list[float] = []

    outcomes = deliver(workspace, [profile(1)], Patience(sleep=waits.append))

    assert waits == [3]
    assert [one.attempt for one in outcomes.values()] == [2]


def test_a_wrong_key_is_the_operators_turn(workspace: Any) -> None:
    section = workspace.settings.section("destinations.klaviyo")
    tool = Klaviyo(section | {"api_key": "pk_wrong"})

    with pytest.raises(NotTaken) as refusal:
        tool.deliver([tool.prepare(profile(1))])
    tool.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
