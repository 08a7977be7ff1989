from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.intercom import Intercom, IntercomContacts
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.presence import ABSENT, present
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {"access_token": "t", "url": "https://api.intercom.io"}
USER = {"userId": "u1", "context": {"traits": {"email": "a@x.example"}}}
ADA = {"firstName": "Ada", "lastName": "L", "createdAt": 1767225600, "tier": {"a": 1}}
WHEN = 1790848801
JOINS = {
    "contact": {"external_id": "u1", "email": "a@x.example"},
    "company_id": "g1",
}


def translated(event: dict[str, Any], **settings: Any) -> list[tuple[str, Any]]:
    ours = Intercom({**SECTION, **settings})
    before = copy.deepcopy(event)
    found = [(payload.lane, payload.body) for payload in ours.translate(event)]
    ours.close()
    assert event == before
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": "identify", "traits": ADA, "userId": "u1"},
            [
                (
                    "contacts",
                    {
                        "external_id": "u1",
                        "role": "user",
                        "name": "Ada L",
                        "signed_up_at": 1767225600,
                        "custom_attributes": {"tier_a": 1},
                    },
                )
            ],
        ),
        (
            {"event": "Order Completed", "properties": {"total": 12.3}, **USER},
            [
                (
                    "events",
                    {
                        "event_name": "Order Completed",
                        "created_at": WHEN,
                        "user_id": "u1",
                        "email": "a@x.example",
                        "metadata": {"total": 12.3},
                    },
                )
            ],
        ),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "A", "size": "7"}}
            | USER,
            [
                ("companies", {"company_id": "g1", "name": "A", "size": 7}),
                ("memberships", JOINS),
            ],
        ),
        ({"type": "group", "groupId": "g1"}, [("companies", {"company_id": "g1"})]),
        ({"event": "order_completed"}, []),
        ({"type": "identify"}, []),
        ({"type": "page", **USER}, []),
        ({"type": "alias", "previousId": "u0", **USER}, []),
    ],
)
def test_an_event_becomes_intercoms_records(
    event: Make, fields: dict[str, Any], expected: list[tuple[str, Any]]
) -> None:
    assert translated(event(**fields)) == expected


def test_metadata_is_flat_and_has_at_most_twenty_keys(event: Make) -> None:
    told = {
        "products": [{"sku": str(number)} for number in range(30)],
        "link": {"url": "https://x.example", "value": "x"},
        "a.b": None,
        "total": 3,
    }

    ((_, body),) = translated(event(userId="u1", properties=told))

    assert len(body["metadata"]) == 20
    assert body["metadata"]["total"] == 3
    assert body["metadata"]["products_0_sku"] == "0"


def test_settings_choose_attributes_and_take_strangers(event: Make) -> None:
    made = event(type="identify", traits={"tier": "gold", "age": 3})

    ((_, body),) = translated(made, anonymous=True, contact_attributes=["tier"])

    assert body["external_id"] == "device-1"
    assert body["custom_attributes"] == {"tier": "gold"}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"type": "identify", "traits": ADA, **USER}, "/contacts"),
        (
            # the document knows texts only; the vendor's pages numbers and amounts too
            {"event": "Order Completed", "properties": {"order_id": "7"}, **USER},
            "/events",
        ),
        ({"type": "group", "groupId": "g1", "traits": {"name": "A"}}, "/companies"),
    ],
)
def test_requests_keep_to_the_vendors_document(
    event: Make, validates: Callable[..., None], fields: dict[str, Any], path: str
) -> None:
    ours = Intercom(SECTION)
    for payload in ours.translate(event(**fields)):
        request = ours.request([payload.encoded()])
        validates(request, "intercom.2.14.yaml", server=SECTION["url"], path=path)
        assert request.headers["Intercom-Version"] == "2.14"
    ours.close()


def attempt(tool: Any, lane: str, body: bytes = b"{}") -> Outcome:
    ours = Intercom({**SECTION, "url": tool.url})
    try:
        (outcome,) = ours.deliver([Item(body, lane)])
    finally:
        ours.close()
    return outcome


def conflict(words: str) -> dict[str, Any]:
    return {"errors": [{"code": "conflict", "message": words}]}


def test_a_contact_that_is_there_is_updated(
    tool: Any, validates: Callable[..., None]
) -> None:
    tool.answers_with(409, conflict("already exists with id=5ba682d23d7cf92bef87bfd4"))

    outcome = attempt(tool, "contacts", b'{"external_id":"u1"}')

    assert outcome.status is Status.DELIVERED
    put = tool.seen[1]
    assert (put.method, put.path) == ("PUT", "/contacts/5ba682d23d7cf92bef87bfd4")
    request = Request(
        "PUT",
        SECTION["url"] + put.path,
        {"Content-Type": "application/json", "Authorization": "Bearer t"},
        put.content,
    )
    path = "/contacts/{contact_id}"
    validates(request, "intercom.2.14.yaml", server=SECTION["url"], path=path)


def test_a_conflict_that_names_nobody_is_looked_up(tool: Any) -> None:
    tool.answers_with(409, conflict("taken"))
    tool.answers_with(200, {"data": [{"id": "c9"}]})

    assert attempt(tool, "contacts", b'{"email":"a@x.example"}').status == "delivered"
    assert tool.seen[1].json["query"]["field"] == "email"
    assert tool.seen[2].path == "/contacts/c9"


def test_a_member_is_looked_up_and_joined(tool: Any) -> None:
    tool.answers_with(200, {"data": [{"id": "c9"}]})
    tool.answers_with(200, {"id": "k1"})
    body = b'{"contact":{"external_id":"u1"},"company_id":"g 1"}'

    assert attempt(tool, "memberships", body).status is Status.DELIVERED
    assert [one.path for one in tool.seen] == [
        "/contacts/search",
        "/companies",
        "/contacts/c9/companies",
    ]
    assert tool.seen[1].query == {"company_id": "g 1"}
    assert tool.seen[2].json == {"id": "k1"}


def test_an_event_of_an_unknown_contact_is_rejected(tool: Any) -> None:
    tool.answers_with(
        404, {"errors": [{"code": "not_found", "message": "a@x.example"}]}
    )

    outcome = attempt(tool, "events")

    assert outcome.status is Status.REJECTED
    assert outcome.reason == "HTTP 404: not_found: […]"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Status.REJECTED),
        (401, Status.MISCONFIGURED),
        (422, Status.REJECTED),
        (429, Status.RETRY),
        (503, Status.RETRY),
    ],
)
def test_other_answers_are_judged_alike(
    tool: Any, status: int, expected: Status
) -> None:
    tool.answers_with(status, {"errors": [{"code": "x"}]}, Retry_After="4")

    with pytest.raises(NotTaken) as refusal:
        attempt(tool, "events")

    assert refusal.value.outcome.status is expected
    if status == 429:
        assert refusal.value.outcome.retry_after_seconds == 4


def test_a_row_is_a_contact() -> None:
    ours = IntercomContacts(SECTION, "contacts", "external_id")
    item = ours.prepare({"external_id": 7, "custom_attributes.tier": "gold"})
    ours_content = b'{"external_id":"7","custom_attributes":{"tier":"gold"}}'

    assert (item.content, item.lane) == (ours_content, "contacts")
    with pytest.raises(Rejected):
        ours.prepare({"external_id": None})
    ours.close()
    with pytest.raises(Misconfigured):
        IntercomContacts(SECTION, "contacts", "phone")


ROW = {"external_id": "u1", "name": "Ada", "custom_attributes.tier": "gold"}


def test_a_contact_that_it_has_is_changed(
    tool: Any, validates: Callable[..., None]
) -> None:
    tool.answers_with(200, {"data": [{"id": "c1"}]})
    ours = IntercomContacts({**SECTION, "url": tool.url}, "contacts", "external_id")
    item = ours.prepare_update(ROW)

    outcomes = ours.deliver([item])
    ours.close()
    asked = IntercomContacts(SECTION).request([item])

    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)]
    search, change = tool.seen
    assert (search.method, search.path) == ("POST", "/contacts/search")
    query = {"field": "external_id", "operator": "=", "value": "u1"}
    assert search.json == {"query": query}
    assert (change.method, change.path) == ("PUT", "/contacts/c1")
    assert change.content == item.content
    path = "/contacts/search"
    validates(asked, "intercom.2.14.yaml", server=SECTION["url"], path=path)


def test_a_contact_that_it_lacks_is_not_made_by_a_change(tool: Any) -> None:
    tool.answers_with(200, {"data": []})
    tool.answers_with(200, {"data": [{"id": "c1"}]})
    tool.answers_with(404, {"errors": [{"code": "not_found"}]})
    ours = IntercomContacts({**SECTION, "url": tool.url}, "contacts", "external_id")

    # there is none, and there is none any more
    outcomes = [ours.deliver([ours.prepare_update(ROW)]) for _ in range(2)]
    ours.close()

    assert outcomes == [[ABSENT], [ABSENT]]
    assert [one.method for one in tool.seen] == ["POST", "POST", "PUT"]


def test_a_contact_that_it_has_is_not_changed_by_a_creation(
    tool: Any, validates: Callable[..., None]
) -> None:
    tool.answers_with(200, {"id": "c1"})
    words = "A contact matching those details already exists with id=c1"
    tool.answers_with(409, {"errors": [{"code": "conflict", "message": words}]})
    ours = IntercomContacts({**SECTION, "url": tool.url}, "contacts", "external_id")
    item = ours.prepare_creation(ROW)

    first, second = ours.deliver([item]), ours.deliver([item])
    ours.close()

    assert first == [Outcome(Status.DELIVERED, http_status=200)]
    assert (second, second[0].remote_id) == ([present()], "c1")
    assert [one.path for one in tool.seen] == ["/contacts"] * 2
    made = IntercomContacts(SECTION).request([item])
    validates(made, "intercom.2.14.yaml", server=SECTION["url"], path="/contacts")


def test_a_search_that_answers_no_json_is_tried_again(tool: Any) -> None:
    tool.answers_with(200, b"<html>")
    body = b'{"contact":{"external_id":"u1"},"company_id":"g1"}'

    with pytest.raises(NotTaken) as refused:
        attempt(tool, "memberships", body)

    assert refused.value.outcome.status == "retry"


def test_what_contacts_have_in_some_fields_can_be_read(tool: Any) -> None:
    there = {"id": "c1", "name": "Ada", "custom_attributes": {"tier": "silver"}}
    tool.answers_with(200, {"data": [there]})
    tool.answers_with(200, {"data": []})
    ours = IntercomContacts({**SECTION, "url": tool.url}, "contacts", "external_id")
    fields = ("name", "custom_attributes.tier")

    found = ours.read_fields([ROW, {**ROW, "external_id": "u2"}], fields)
    ours.close()

    assert found == [
        {"name": "Ada", "custom_attributes.tier": "silver"},
        {"name": None, "custom_attributes.tier": None},
    ]
