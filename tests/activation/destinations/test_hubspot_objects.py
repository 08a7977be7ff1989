from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activation.destinations.hubspot import HubspotObjects
from activation.destinations.outcome import NotTaken, Outcome, Status
from cdp.errors import Misconfigured, Rejected

DEAL = {
    "order_number": 17,
    "amount": Decimal("12.30"),
    "closedate": datetime(2026, 10, 1, tzinfo=UTC),
    "is_first": True,
    "tags": ["a", "b"],
    "note": None,
}


def test_a_row_is_an_object_with_every_value_as_text(tool: Any) -> None:
    tool.answers_with(200, {"results": []})
    deals = HubspotObjects({"token": "t", "url": tool.url}, "deals", "order_number")

    outcomes = deals.deliver([deals.prepare(DEAL)])
    deals.close()

    (seen,) = tool.seen
    assert seen.path == "/crm/objects/2026-03/deals/batch/upsert"
    assert seen.json["inputs"] == [
        {
            "id": "17",
            "idProperty": "order_number",
            "properties": {
                "order_number": "17",
                "amount": "12.30",
                "closedate": "2026-10-01T00:00:00.000Z",
                "is_first": "true",
                "tags": "a;b",
                "note": "",
            },
        }
    ]
    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)]


def test_its_own_ids_are_kept_for_lookups_between_objects(tool: Any) -> None:
    tool.answers_with(
        200,
        {
            "results": [
                {"id": "802", "properties": {"email": "b@x.example"}},
                {"id": "801", "properties": {"email": "a@x.example"}},
            ]
        },
    )
    contacts = HubspotObjects({"token": "t", "url": tool.url}, "contacts", "")
    rows = [{"email": f"{name}@X.example"} for name in "abc"]

    outcomes = contacts.deliver([contacts.prepare(row) for row in rows])
    contacts.close()

    assert [one.remote_id for one in outcomes] == ["801", "802", ""]


def test_a_row_that_left_is_found_and_archived(tool: Any) -> None:
    tool.answers_with(207, {"results": [{"id": "501"}], "numErrors": 1, "errors": [{}]})
    tool.answers_with(204, b"")
    contacts = HubspotObjects({"token": "t", "url": tool.url}, "contacts", "")
    rows = [{"email": "A@x.example"}, {"email": "gone@x.example"}]

    outcomes = contacts.deliver([contacts.prepare_removal(row) for row in rows])
    contacts.close()

    read, archive = tool.seen
    assert read.path == "/crm/objects/2026-03/contacts/batch/read"
    assert read.json["idProperty"] == "email"
    assert [one["id"] for one in read.json["inputs"]] == [
        "a@x.example",
        "gone@x.example",
    ]
    assert archive.path == "/crm/objects/2026-03/contacts/batch/archive"
    assert archive.json == {"inputs": [{"id": "501"}]}
    assert [one.status for one in outcomes] == [Status.DELIVERED] * 2


def test_nothing_is_archived_where_nothing_is_found(tool: Any) -> None:
    tool.answers_with(207, {"results": []})
    contacts = HubspotObjects({"token": "t", "url": tool.url}, "contacts", "")

    outcomes = contacts.deliver([contacts.prepare_removal({"email": "a@x.example"})])
    contacts.close()

    assert len(tool.seen) == 1
    assert outcomes[0].status is Status.DELIVERED


def test_a_wrong_token_is_the_operators_turn(tool: Any) -> None:
    tool.answers_with(401, {"category": "INVALID_AUTHENTICATION", "message": "no"})
    contacts = HubspotObjects({"token": "t", "url": tool.url}, "contacts", "")

    with pytest.raises(NotTaken) as refusal:
        contacts.deliver([contacts.prepare({"email": "a@x.example"})])
    contacts.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED


def test_a_row_needs_what_it_is_matched_by() -> None:
    contacts = HubspotObjects({"token": "t"}, "contacts", "")

    for prepare in (contacts.prepare, contacts.prepare_removal):
        with pytest.raises(Rejected, match="email"):
            prepare({"email": None})
    contacts.close()
    with pytest.raises(Misconfigured, match="external_id_field"):
        HubspotObjects({"token": "t"}, "companies", "")
