from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from activation.destinations.delivery import Patience, deliver_patiently
from activation.destinations.hubspot import HubspotObjects
from activation.destinations.outcome import Outcome, Status
from activation.destinations.presence import ABSENT, present

CREATED = Outcome(Status.DELIVERED, http_status=201)
UPDATED = Outcome(Status.DELIVERED, http_status=200)
ROWS = [{"email": f"{name}@x.example", "firstname": name} for name in "abc"]


@pytest.fixture
def contacts(workspace: Any) -> Iterator[HubspotObjects]:
    section = workspace.settings.section("destinations.hubspot")
    made = HubspotObjects(section, "contacts", "")
    yield made
    made.close()


def names(workspace: Any) -> dict[str, str]:
    found = (one["properties"] for one in workspace.taken("hubspot", "contacts"))
    return {one["email"]: one["firstname"] for one in found}


def test_what_it_has_is_changed_and_nothing_is_made(
    workspace: Any, contacts: HubspotObjects, hasty: Patience
) -> None:
    typed_in = {"email": "B@x.example", "firstname": "typed in"}
    contacts.deliver([contacts.prepare(typed_in)])

    items = [contacts.prepare_update(row) for row in ROWS]
    outcomes = deliver_patiently(contacts, items, hasty)

    assert outcomes == [ABSENT, UPDATED, ABSENT]
    assert outcomes[1].remote_id
    assert names(workspace) == {"b@x.example": "b"}


def test_what_it_lacks_is_made_and_nothing_is_changed(
    workspace: Any, contacts: HubspotObjects, hasty: Patience
) -> None:
    contacts.deliver([contacts.prepare({**ROWS[1], "firstname": "typed in"})])

    items = [contacts.prepare_creation(row) for row in ROWS]
    outcomes = deliver_patiently(contacts, items, hasty)

    assert outcomes == [CREATED, present(), CREATED]
    assert all(one.remote_id for one in outcomes)
    assert names(workspace) == {
        "a@x.example": "a",
        "b@x.example": "typed in",
        "c@x.example": "c",
    }


def test_what_came_or_went_since_the_look_up_is_left_as_well(tool: Any) -> None:
    contacts = HubspotObjects({"token": "t", "url": tool.url}, "contacts", "")
    found = [{"id": "1", "properties": {"email": row["email"]}} for row in ROWS]
    taken = {"category": "CONFLICT", "message": "Contact already exists."}
    gone = {"category": "OBJECT_NOT_FOUND", "message": "Could not get some objects"}
    errors = [{**taken, "context": {"objectWriteTraceId": ["b@x.example"]}}]
    tool.answers_with(207, {"results": []})
    tool.answers_with(207, {"results": [found[0], found[2]], "errors": errors})
    tool.answers_with(200, {"results": found})
    errors = [{**gone, "context": {"ids": ["b@x.example"]}}]
    tool.answers_with(207, {"results": [found[0], found[2]], "errors": errors})
    tool.answers_with(207, {"results": []})
    tool.answers_with(409, taken)

    made = contacts.deliver([contacts.prepare_creation(row) for row in ROWS])
    changed = contacts.deliver([contacts.prepare_update(row) for row in ROWS])
    alone = contacts.deliver([contacts.prepare_creation(ROWS[0])])
    contacts.close()

    assert [one.status.value for one in made] == ["delivered", "left", "delivered"]
    assert [one.status.value for one in changed] == ["delivered", "left", "delivered"]
    assert (made[1], changed[1], alone) == (present(), ABSENT, [present()])
    paths = [one.path.rpartition("/")[2] for one in tool.seen]
    assert paths == ["read", "create", "read", "update", "read", "create"]
    assert tool.seen[1].json["inputs"][0] == {
        "properties": {"email": "a@x.example", "firstname": "a"},
        "objectWriteTraceId": "a@x.example",
    }
    assert tool.seen[3].json["inputs"][0] == {
        "id": "a@x.example",
        "idProperty": "email",
        "properties": {"firstname": "a"},
    }


def test_what_records_have_in_some_properties_can_be_read(
    contacts: HubspotObjects,
) -> None:
    contacts.deliver([contacts.prepare({**ROWS[1], "jobtitle": "Dr"})])

    found = contacts.read_fields(ROWS, ("jobtitle", "phone"))

    assert [one.get("jobtitle") for one in found] == [None, "Dr", None]
    assert not found[1].get("phone")
