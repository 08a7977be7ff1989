from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.customerio import CustomerIoPeople
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.presence import ABSENT, present
from cdp.errors import Misconfigured

SECTION = {"site_id": "site", "api_key": "key", "app_api_key": "app"}
DELIVERED = Outcome(Status.DELIVERED, http_status=200)
ROWS = [{"email": f"{name}@x.example", "tier": "gold"} for name in "abc"]


def opened(tool: Any, key: str = "email") -> CustomerIoPeople:
    section = {**SECTION, "url": tool.url, "app_url": tool.url}
    return CustomerIoPeople(section, "people", key)


def known(**attributes: str) -> dict[str, Any]:
    return {"customers": [{"customer": {"id": "7", "attributes": attributes}}]}


def test_people_whom_it_has_are_changed_and_nobody_is_made(tool: Any) -> None:
    tool.answers_with(200, known(email="B@x.example", cio_id="c7"))
    people = opened(tool)

    outcomes = people.deliver([people.prepare_update(row) for row in ROWS])
    people.close()

    asked, sent = tool.seen
    assert (asked.method, asked.path) == ("POST", "/v1/customers/attributes")
    assert asked.query == {"id_type": "email"}
    assert asked.headers["authorization"] == "Bearer app"
    assert asked.json == {"ids": [row["email"] for row in ROWS]}
    assert sent.json["batch"] == [
        {
            "type": "person",
            "action": "identify",
            "identifiers": {"email": "b@x.example"},
            "attributes": {"tier": "gold", "_update": True},
        }
    ]
    assert outcomes == [ABSENT, DELIVERED, ABSENT]


def test_people_whom_it_lacks_are_made_and_nobody_is_changed(tool: Any) -> None:
    tool.answers_with(200, known(email="b@x.example"))
    people = opened(tool)

    outcomes = people.deliver([people.prepare_creation(row) for row in ROWS])
    people.close()

    batch = tool.seen[1].json["batch"]
    assert [one["identifiers"]["email"][0] for one in batch] == ["a", "c"]
    assert all("_update" not in one["attributes"] for one in batch)
    assert outcomes == [DELIVERED, present(), DELIVERED]


@pytest.mark.parametrize(("key", "value"), [("id", "7"), ("cio_id", "c7")])
def test_people_are_found_by_what_they_are_matched_by(
    tool: Any, key: str, value: str
) -> None:
    tool.answers_with(200, known(email="b@x.example", cio_id="c7"))
    people = opened(tool, key)

    outcomes = people.deliver([people.prepare_update({key: value, "tier": "gold"})])
    people.close()

    assert outcomes == [DELIVERED]


def test_a_hundred_people_are_asked_for_at_a_time(tool: Any) -> None:
    people = opened(tool)
    items = [people.prepare_update({"email": f"{one}@x"}) for one in range(201)]

    outcomes = people.deliver(items)
    people.close()

    assert [len(one.json["ids"]) for one in tool.seen] == [100, 100, 1]
    assert set(outcomes) == {ABSENT}


def test_a_tool_that_does_not_say_is_asked_again(tool: Any) -> None:
    tool.answers_with(429)
    people = opened(tool)

    with pytest.raises(NotTaken) as refusal:
        people.deliver([people.prepare_update(ROWS[0])])
    people.close()

    assert refusal.value.outcome.status is Status.RETRY


def test_without_a_key_of_the_app_api_nobody_can_be_asked_for(tool: Any) -> None:
    people = CustomerIoPeople({"site_id": "site", "api_key": "key"})

    with pytest.raises(Misconfigured, match="App API"):
        people.check_asking()
    people.close()


def test_what_people_have_in_some_attributes_can_be_read(tool: Any) -> None:
    tool.answers_with(200, known(email="b@x.example", tier="silver"))
    people = opened(tool)
    without_key = CustomerIoPeople({"site_id": "site", "api_key": "key"})

    found = people.read_fields(ROWS, ("tier",))
    people.close()

    assert found == [{"tier": None}, {"tier": "silver"}, {"tier": None}]
    assert without_key.read_fields([{"id": "7"}], ("tier",)) == [{"tier": None}]
    without_key.close()
