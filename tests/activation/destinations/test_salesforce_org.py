from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.delivery import Item, Patience, deliver_patiently
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.registry import open_for_events
from activation.destinations.salesforce_events import SalesforceEvents
from sandbox.tools.traffic import Fault

Make = Callable[..., dict[str, Any]]
OWN = {
    "external_id_field": "Customer_Id__c",
    "fields": {"Tier__c": "traits.tier"},
    "events": {
        "wholesale_enquiry_submitted": {
            "object": "Lead",
            "external_id_field": "Enquiry__c",
            "fields": {"Company": "properties.company"},
        },
    },
}
ADA = {"email": "ada@x.example", "first_name": "Ada", "lastName": "L", "tier": 3}


def test_people_are_created_and_changed_and_named_twice_once(
    workspace: Any, event: Make, hasty: Patience
) -> None:
    salesforce = open_for_events(workspace.settings, "salesforce", OWN)
    identify = {"type": "identify", "event": None}
    traits: list[dict[str, Any]] = [
        {**ADA, "phone": "+15550100"},
        {"last_name": "Roe", "email": "nobody"},
        {**ADA, "last_name": "Lovelace", "lastName": None, "title": "Countess"},
    ]
    items: list[Item] = [
        payload.encoded()
        for user, told in zip(("u1", "u2", "u1"), traits, strict=True)
        for payload in salesforce.translate(event(**identify, userId=user, traits=told))
    ]

    outcomes = deliver_patiently(salesforce, items, hasty)
    salesforce.close()

    assert [one.status for one in outcomes] == [
        Status.DELIVERED,
        Status.REJECTED,
        Status.DELIVERED,
    ]
    (taken,) = workspace.taken("salesforce", "Contact")
    assert (taken["LastName"], taken["Phone"]) == ("Lovelace", "+15550100")
    assert (taken["Title"], taken["Tier__c"]) == ("Countess", 3)


def test_an_event_that_is_sent_twice_is_one_record(
    workspace: Any, event: Make, hasty: Patience
) -> None:
    salesforce = open_for_events(workspace.settings, "salesforce", OWN)
    sent = event(
        event="wholesale_enquiry_submitted",
        context={"traits": ADA},
        properties={"company": "Acme"},
    )
    (payload,) = salesforce.translate(sent)
    item = payload.encoded()
    fault = Fault("status", status=503, path_contains="composite")
    workspace.stand.traffic.inject("salesforce", fault, count=1)

    first = deliver_patiently(salesforce, [item], hasty)
    again = deliver_patiently(salesforce, [item, item], hasty)
    salesforce.close()

    assert first == [Outcome(Status.DELIVERED, http_status=200, attempt=2)]
    assert [one.status for one in again] == [Status.DELIVERED] * 2
    assert len(workspace.taken("salesforce", "Lead")) == 1


def test_wrong_credentials_are_the_operators_turn(workspace: Any, event: Make) -> None:
    section = workspace.settings.section("destinations.salesforce") | OWN
    salesforce = SalesforceEvents(section | {"client_secret": "wrong"})
    (payload,) = salesforce.translate(event(event="wholesale_enquiry_submitted"))

    with pytest.raises(NotTaken) as refusal:
        salesforce.deliver([payload.encoded()])
    salesforce.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
