from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from activation.destinations.delivery import Patience, deliver_patiently
from activation.destinations.exchange import Request
from activation.destinations.klaviyo import Klaviyo
from activation.destinations.klaviyo_api import Account
from activation.destinations.klaviyo_presence import question
from activation.destinations.outcome import Outcome, Status
from activation.destinations.presence import ABSENT, present
from activation.destinations.registry import open_for_records
from cdp.errors import Misconfigured, Rejected

DELIVERED = Outcome(Status.DELIVERED, http_status=202)
SECTION = {"url": "https://a.klaviyo.com", "api_key": "key", "list_id": "L1"}


def person(number: int, **fields: Any) -> dict[str, Any]:
    usual = {
        "email": f"Person{number}@shop.example",
        "external_id": f"user-{number}",
        "first_name": "Ada",
        "subscribed": False,
    }
    return usual | fields


@pytest.fixture
def klaviyo(workspace: Any, hasty: Patience) -> Iterator[Any]:
    made = open_for_records(workspace.settings, "klaviyo", "profile", "external_id")
    yield made
    made.close()


def type_in(klaviyo: Any, hasty: Patience, **fields: Any) -> None:
    typed_in = {"first_name": "typed in", "subscribed": False, **fields}
    deliver_patiently(klaviyo, [klaviyo.prepare(typed_in)], hasty)


def names(workspace: Any) -> list[str]:
    found = workspace.taken("klaviyo", "profiles")
    return sorted(one["attributes"]["first_name"] for one in found)


def test_profiles_that_it_has_are_changed_and_none_is_made(
    workspace: Any, klaviyo: Any, hasty: Patience
) -> None:
    type_in(klaviyo, hasty, external_id="USER-1")
    items = [klaviyo.prepare_update(person(number)) for number in range(3)]

    outcomes = deliver_patiently(klaviyo, items, hasty)

    assert outcomes == [ABSENT, DELIVERED, ABSENT]
    assert names(workspace) == ["Ada"]


def test_profiles_that_it_lacks_are_made_and_none_is_changed(
    workspace: Any, klaviyo: Any, hasty: Patience
) -> None:
    type_in(klaviyo, hasty, external_id="user-1")
    type_in(klaviyo, hasty, email="person2@shop.example")
    items = [klaviyo.prepare_creation(person(number)) for number in range(3)]

    outcomes = deliver_patiently(klaviyo, items, hasty)

    # the third is known by address: an import would have changed it
    assert outcomes == [DELIVERED, present(), present()]
    assert all(one.remote_id for one in outcomes[1:])
    assert names(workspace) == ["Ada", "typed in", "typed in"]


def test_subscribers_join_the_list_in_these_modes_as_well(
    workspace: Any, klaviyo: Any, hasty: Patience
) -> None:
    item = klaviyo.prepare_creation(person(1, subscribed=True))

    assert deliver_patiently(klaviyo, [item], hasty) == [DELIVERED]
    assert len(workspace.taken("klaviyo", "list_profiles")) == 1


def test_a_question_is_as_the_vendor_documents_it(
    validates: Callable[..., None],
) -> None:
    asked = question(Account(SECTION), "email", ["a+b@x.example", "c@x.example"])
    address, _, query = asked.url.partition("?")
    arguments = dict(parse_qsl(query))

    assert arguments["filter"] == 'any(email,["a+b@x.example","c@x.example"])'
    validates(
        Request(asked.method, address, asked.headers, b"", arguments),
        "klaviyo.profiles.json",
        server=SECTION["url"],
        path="/api/profiles",
    )


def test_who_asks_too_often_waits_and_asks_only_that_again(tool: Any) -> None:
    tool.answers_with(200, {"data": []})
    tool.answers_with(429, {}, retry_after="3")
    tool.usually_answers(200, {"data": []})
    waits: list[float] = []
    klaviyo = Klaviyo(
        {**SECTION, "url": tool.url}, "profile", "email", sleep=waits.append
    )
    items = [klaviyo.prepare_update(person(number)) for number in range(120)]

    outcomes = klaviyo.deliver(items)
    klaviyo.close()

    assert set(outcomes) == {ABSENT}
    assert waits == [3]
    assert len(tool.seen) == 4


def test_it_must_be_said_by_which_identifier_profiles_are_asked_for() -> None:
    for field, is_known in (("external_id", True), ("", False), ("name", False)):
        klaviyo = Klaviyo(SECTION, "profile", field)
        if is_known:
            klaviyo.check_asking()
            with pytest.raises(Rejected, match="external_id"):
                klaviyo.prepare_update(person(1, external_id=None))
        else:
            with pytest.raises(Misconfigured, match="one identifier"):
                klaviyo.check_asking()
        klaviyo.close()


def test_what_profiles_have_in_some_fields_can_be_read(
    klaviyo: Any, hasty: Patience
) -> None:
    type_in(klaviyo, hasty, external_id="user-1", **{"properties.tier": "gold"})
    type_in(klaviyo, hasty, email="person2@shop.example", title="Dr")
    fields = ("title", "properties.tier", "first_name")

    found = klaviyo.read_fields([person(number) for number in range(3)], fields)

    nothing = dict.fromkeys(fields)
    assert found == [
        nothing,
        {**nothing, "properties.tier": "gold", "first_name": "typed in"},
        {**nothing, "title": "Dr", "first_name": "typed in"},
    ]
