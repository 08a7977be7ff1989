from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.hubspot import KIND, Hubspot
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {
    "token": "pat-1",
    "company_key": "headwater_id",
    "contact_properties": {"tier": "traits.tier"},
    "events": {
        "order_completed": {
            "name": "pe1_order_completed",
            "properties": {"amount": "properties.total"},
        },
        "wholesale_enquiry_submitted": "pe1_enquiry",
    },
    "lifecycle_stages": {"order_completed": "customer"},
}
ADA = {"email": "Ada@X.example", "firstName": "Ada", "phone": "+15550100", "tier": 3}
PAGE = {"hs_page_url": "https://shop.example.com/p1"}
STAGE = {
    "id": "ada@x.example",
    "idProperty": "email",
    "properties": {"lifecyclestage": "customer"},
}


def occurrence(name: str, **properties: str) -> dict[str, Any]:
    return {
        "eventName": name,
        "email": "ada@x.example",
        "occurredAt": "2026-10-01T10:00:01.250+00:00",
        "uuid": "00000000-0000-4000-8000-000000000001",
        "properties": properties,
    }


@pytest.mark.parametrize(
    ("fields", "bodies", "lanes"),
    [
        (
            {"type": "identify", "event": None, "traits": ADA},
            [
                {
                    "id": "ada@x.example",
                    "idProperty": "email",
                    "properties": {
                        "email": "ada@x.example",
                        "firstname": "Ada",
                        "phone": "+15550100",
                        "tier": "3",
                    },
                }
            ],
            ["contacts"],
        ),
        *(
            (
                {
                    "event": name,
                    "properties": {"total": 12.3, "products": []},
                    "context": {"traits": ADA},
                },
                [STAGE, occurrence("pe1_order_completed", amount="12.3")],
                ["contacts", "events"],
            )
            for name in ("order_completed", "Order Completed")
        ),
        (
            {
                "event": "wholesale_enquiry_submitted",
                "properties": {"Company Size": 40, "is_new": True, "lines": [1]},
                "context": {"traits": ADA, "page": {"url": PAGE["hs_page_url"]}},
            },
            [occurrence("pe1_enquiry", **PAGE, company_size="40", is_new="true")],
            ["events"],
        ),
        (
            {
                "type": "group",
                "event": None,
                "groupId": "g1",
                "traits": {"name": "Acme", "employees": 12},
            },
            [
                {
                    "id": "g1",
                    "idProperty": "headwater_id",
                    "properties": {"name": "Acme", "numberofemployees": "12"},
                }
            ],
            ["companies"],
        ),
        (
            {
                "type": "group",
                "event": None,
                "groupId": "g1",
                "traits": {"name": "Acme", "email": "office@acme.example"},
                "context": {"traits": {"email": "Ada@X.example "}},
            },
            [
                {
                    "id": "g1",
                    "idProperty": "headwater_id",
                    "properties": {"name": "Acme"},
                },
                {"contact": "ada@x.example", "company": "g1"},
            ],
            ["companies", "members"],
        ),
        ({"event": "product_viewed"}, [], []),
        ({"type": "page", "event": None, "name": "Home"}, [], []),
        ({"type": "screen", "event": None, "name": "Home"}, [], []),
        ({"type": "alias", "event": None, "previousId": "x"}, [], []),
    ],
)
def test_an_event_becomes_what_hubspot_has_for_it(
    event: Make, fields: dict[str, Any], bodies: list[Any], lanes: list[str]
) -> None:
    hubspot = Hubspot(SECTION)
    sent = event(1, **fields)
    before = copy.deepcopy(sent)

    payloads = hubspot.translate(sent)
    hubspot.close()

    assert [one.body for one in payloads] == bodies
    assert [one.lane for one in payloads] == lanes
    assert sent == before


def test_contacts_can_be_matched_by_the_user_id(event: Make) -> None:
    hubspot = Hubspot(SECTION | {"contact_key": "shop_id"})

    (payload,) = hubspot.translate(event(type="identify", userId="u1", traits=ADA))
    hubspot.close()

    assert (payload.body["id"], payload.body["idProperty"]) == ("u1", "shop_id")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "identify", "event": None}, "needs email"),
        ({"event": "wholesale_enquiry_submitted"}, "by email"),
        ({"type": "group", "event": None}, "no id"),
        (
            {
                "event": "wholesale_enquiry_submitted",
                "context": {"traits": ADA},
                "timestamp": "soon",
            },
            "no time",
        ),
    ],
)
def test_an_event_about_nobody_is_rejected(
    event: Make, fields: dict[str, Any], words: str
) -> None:
    hubspot = Hubspot(SECTION)

    with pytest.raises(Rejected, match=words):
        hubspot.translate(event(**fields))
    hubspot.close()


def test_an_event_without_a_name_at_hubspot_is_refused() -> None:
    with pytest.raises(Misconfigured, match="order_completed"):
        Hubspot({"token": "t", "events": {"order_completed": {"properties": {}}}})


def test_the_token_is_declared_a_secret() -> None:
    assert [one.name for one in KIND.all_settings() if one.is_secret] == ["token"]


def test_contacts_join_their_companies(event: Make, tool: Any) -> None:
    hubspot = Hubspot(SECTION | {"url": tool.url})
    items = [
        hubspot.translate(
            event(
                number,
                type="group",
                groupId="G1",
                context={"traits": {"email": f"{name}@x.example"}},
            )
        )[1].encoded()
        for number, name in enumerate(("ada", "bob", "ada"))
    ]
    ada = {"id": "7", "properties": {"email": "ada@x.example"}}
    acme = {"id": "9", "properties": {"headwater_id": "G1"}}
    tool.answers_with(200, {"results": [ada]})
    tool.answers_with(200, {"results": [acme]})
    tool.answers_with(201, {"results": []})

    outcomes = hubspot.deliver(items)
    hubspot.close()

    assert [one.status for one in outcomes] == ["delivered", "rejected", "delivered"]
    assert outcomes[1].reason == "HubSpot has no such contact"
    contacts, companies, joined = tool.seen
    assert contacts.path == "/crm/objects/2026-03/contacts/batch/read"
    assert contacts.json["inputs"] == [{"id": "ada@x.example"}, {"id": "bob@x.example"}]
    assert companies.json["idProperty"] == "headwater_id"
    assert companies.json["inputs"] == [{"id": "G1"}]
    assert joined.json == {"inputs": [{"from": {"id": "7"}, "to": {"id": "9"}}]}


def test_nobody_is_joined_where_nobody_is_found(event: Make, tool: Any) -> None:
    hubspot = Hubspot(SECTION | {"url": tool.url, "contact_key": "user_id"})
    _, member = hubspot.translate(event(type="group", groupId="g1", userId="u1"))
    tool.usually_answers(200, {"results": []})

    (outcome,) = hubspot.deliver([member.encoded()])
    hubspot.close()

    assert outcome.status == "rejected"
    assert len(tool.seen) == 2
