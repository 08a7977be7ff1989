from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.salesforce_events import KIND, SalesforceEvents
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
OWN = {
    "external_id_field": "Customer_Id__c",
    "account_external_id_field": "Company_Id__c",
    "fields": {"Tier__c": "traits.tier", "LeadSource": {"constant": "Web"}},
    "events": {
        "order_completed": {
            "object": "Task",
            "person_field": "Who",
            "fields": {
                "Subject": {"template": "Ordered for {{ properties.total }}"},
                "Amount__c": "properties.total",
                "Skus__c": "properties.skus",
                "Status": {"constant": "Completed"},
            },
        },
        "wholesale_enquiry_submitted": {
            "object": "Lead",
            "external_id_field": "Enquiry__c",
            "fields": {"Company": "properties.company"},
        },
    },
}
SECTION = {"url": "https://x.example", "client_id": "a", "client_secret": "b"} | OWN
ADA = {"email": "ada@x.example", "first_name": "Ada", "lastName": "L", "tier": 3}
WHO = {"attributes": {"type": "Contact"}, "Customer_Id__c": "u1"}


def task(**fields: Any) -> dict[str, Any]:
    usual = {"attributes": {"type": "Task"}, "Status": "Completed"}
    return usual | {"Message_Id__c": "00000000-0000-4000-8000-000000000001"} | fields


@pytest.mark.parametrize(
    ("fields", "body", "lane"),
    [
        (
            {
                "type": "identify",
                "userId": "u1",
                "traits": {**ADA, "address": {"city": "Ulm", "zip": "89073"}},
            },
            {
                "attributes": {"type": "Contact"},
                "FirstName": "Ada",
                "LastName": "L",
                "Email": "ada@x.example",
                "MailingCity": "Ulm",
                "MailingPostalCode": "89073",
                "Tier__c": 3,
                "LeadSource": "Web",
                "Customer_Id__c": "u1",
            },
            "Contact/Customer_Id__c",
        ),
        (
            {
                "type": "group",
                "groupId": "g1",
                "traits": {"name": "Acme", "employees": 12},
            },
            {
                "attributes": {"type": "Account"},
                "Name": "Acme",
                "NumberOfEmployees": 12,
                "Company_Id__c": "g1",
            },
            "Account/Company_Id__c",
        ),
        *(
            (
                {
                    "event": name,
                    "userId": "u1",
                    "properties": {"total": 12.3, "skus": ["a", "b"]},
                },
                task(
                    Subject="Ordered for 12.3", Amount__c=12.3, Skus__c="a;b", Who=WHO
                ),
                "Task/Message_Id__c",
            )
            for name in ("order_completed", "Order Completed")
        ),
        (
            {"event": "order_completed", "properties": {}},
            task(Subject="Ordered for"),
            "Task/Message_Id__c",
        ),
        (
            {
                "event": "wholesale_enquiry_submitted",
                "properties": {"company": "Acme", "email": "b@x.example"},
            },
            {
                "attributes": {"type": "Lead"},
                "Email": "b@x.example",
                "Company": "Acme",
                "Enquiry__c": "00000000-0000-4000-8000-000000000001",
            },
            "Lead/Enquiry__c",
        ),
    ],
)
def test_an_event_becomes_the_record_of_the_settings(
    event: Make, fields: dict[str, Any], body: dict[str, Any], lane: str
) -> None:
    salesforce = SalesforceEvents(SECTION)
    sent = event(1, **fields)
    before = copy.deepcopy(sent)

    (payload,) = salesforce.translate(sent)
    salesforce.close()

    assert payload.body == body
    assert payload.lane == lane
    assert sent == before


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "product_viewed"},
        {"type": "identify"},
        {"type": "page", "name": "Home"},
        {"type": "screen", "name": "Home"},
        {"type": "alias", "previousId": "x"},
    ],
)
def test_other_events_are_no_records(event: Make, fields: dict[str, Any]) -> None:
    salesforce = SalesforceEvents(SECTION)

    assert salesforce.translate(event(**fields)) == ()
    salesforce.close()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "group"}, "groupId"),
        ({"event": "order_completed", "messageId": ""}, "messageId"),
        (
            {"event": "order_completed", "properties": {"total": {"a": 1}}},
            "Subject",
        ),
    ],
)
def test_a_record_without_its_key_is_rejected(
    event: Make, fields: dict[str, Any], words: str
) -> None:
    template = {"template": "{{ properties.total + 1 }}"}
    order = {"object": "Task", "fields": {"Subject": template}}
    salesforce = SalesforceEvents({**SECTION, "events": {"order_completed": order}})

    with pytest.raises(Rejected, match=words):
        salesforce.translate(event(**fields))
    salesforce.close()


def test_the_request_is_shown_without_a_token(event: Make) -> None:
    salesforce = SalesforceEvents(SECTION)
    (payload,) = salesforce.translate(event(event="order_completed"))

    request = salesforce.request([payload.encoded()])
    salesforce.close()

    assert request.method == "PATCH"
    assert request.url.endswith("/composite/sobjects/Task/Message_Id__c")
    assert "Authorization" not in request.headers
    assert salesforce.limits.records == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"events": {"a": "Task"}},
        {"events": {"a": {"object": "Task", "fields": {"Subject": 1}}}},
        {"events": {"a": {"object": "T", "fields": {"S": {"template": "{{"}}}}},
        {"events": {"a": {"object": "Task", "person_field": "Who"}}},
        {"fields": ["a"]},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match="salesforce"):
        SalesforceEvents(
            {"url": "u", "client_id": "a", "client_secret": "b"} | settings
        )


def test_the_secret_is_declared_one() -> None:
    assert [one.name for one in KIND.settings if one.is_secret] == ["client_secret"]


def test_people_can_be_matched_by_their_address(event: Make) -> None:
    ours = SalesforceEvents(SECTION | {"external_id_field": "Email"})
    traits = {"email": " ada@x.example", "name": "Ada L"}
    context = {"traits": traits}

    (person,) = ours.translate(event(type="identify", userId="u1", traits=traits))
    (order,) = ours.translate(event(event="order_completed", context=context))
    stranger = ours.translate(event(type="identify", userId="u2", traits={"tier": 1}))
    ours.close()

    assert person.lane == "Contact/Email"
    assert person.body["Email"] == order.body["Who"]["Email"] == "ada@x.example"
    assert stranger == ()
