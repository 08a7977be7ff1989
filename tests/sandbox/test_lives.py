import json
from collections import Counter
from datetime import date

import pytest

from sandbox.company.company import Company, found_company
from sandbox.company.lives import Life, live, live_all

END = date(2026, 11, 22)
PEOPLE = range(150)


@pytest.fixture(scope="module")
def company() -> Company:
    return found_company(7, END, 365, 0.0)


@pytest.fixture(scope="module")
def lives(company: Company) -> list[Life]:
    return list(live_all(company, PEOPLE))


def as_text(life: Life) -> str:
    events = [
        (event.at, event.source_id, event.late_seconds, event.body)
        for event in life.events
    ]
    documents = [(one.tool, one.document_id, one.body) for one in life.documents]
    return json.dumps([events, documents, life.truth], sort_keys=True, default=str)


def tracks(life: Life, name: str) -> list[dict]:
    return [
        event.body["properties"]
        for event in life.events
        if event.body.get("event") == name
    ]


def documents(lives: list[Life], tool: str, object_name: str) -> list[dict]:
    return [
        one.body
        for life in lives
        for one in life.documents
        if (one.tool, one.object_name) == (tool, object_name)
    ]


def test_a_person_is_the_same_whoever_else_there_is(company, lives):
    alone = live(company, 137)
    assert as_text(alone) == as_text(lives[137])


def test_another_seed_gives_other_people(lives):
    other = found_company(8, END, 365, 0.0)
    assert as_text(live(other, 3)) != as_text(lives[3])


def test_nothing_happens_outside_the_period(company, lives):
    for life in lives:
        for event in life.events:
            assert company.season.start <= event.at < company.season.end
        assert life.events == sorted(life.events, key=lambda event: event.at)


def test_every_message_id_is_used_once(lives):
    ids = [event.body["messageId"] for life in lives for event in life.events]
    assert len(ids) == len(set(ids))


def test_every_event_says_who_it_is_from(lives):
    for life in lives:
        for event in life.events:
            assert event.body.get("anonymousId") or event.body.get("userId")


def test_every_document_of_a_tool_has_its_own_id(lives):
    keys = [
        (one.tool, one.object_name, one.document_id)
        for life in lives
        for one in life.documents
    ]
    assert len(keys) == len(set(keys))


def test_orders_and_charges_agree_to_the_cent(lives):
    orders: Counter[str] = Counter()
    refunds: Counter[str] = Counter()
    for life in lives:
        for order in tracks(life, "order_completed"):
            orders[order["order_id"]] += round(order["total"] * 100)
        for refund in tracks(life, "order_refunded"):
            refunds[refund["order_id"]] += round(refund["total"] * 100)
    charges = documents(lives, "stripe", "charges")
    assert {one["metadata"]["order_id"]: one["amount"] for one in charges} == orders
    given_back = {
        one["metadata"]["order_id"]: one["amount_refunded"]
        for one in charges
        if one["amount_refunded"]
    }
    assert refunds
    assert given_back == refunds


def test_the_parts_of_an_order_sum_to_its_total(lives):
    for life in lives:
        for order in tracks(life, "order_completed"):
            cents = {
                part: round(order[part] * 100)
                for part in ("total", "subtotal", "discount", "tax", "shipping")
            }
            lines = sum(
                round(line["price"] * 100) * line["quantity"]
                for line in order["products"]
            )
            assert lines == cents["subtotal"]
            assert cents["total"] == (
                cents["subtotal"] - cents["discount"] + cents["tax"] + cents["shipping"]
            )


def test_a_refund_never_exceeds_its_order(lives):
    for charge in documents(lives, "stripe", "charges"):
        assert 0 <= charge["amount_refunded"] <= charge["amount"]
        assert charge["refunded"] == (charge["amount_refunded"] == charge["amount"])


def test_every_charge_subscription_and_ticket_belongs_to_a_known_customer(lives):
    customers = {one["id"] for one in documents(lives, "stripe", "customers")}
    for name in ("charges", "invoices", "subscriptions"):
        assert {
            one["customer"] for one in documents(lives, "stripe", name)
        } <= customers
    requesters = {one["id"] for one in documents(lives, "zendesk", "users")}
    tickets = documents(lives, "zendesk", "tickets")
    assert tickets
    assert {one["requester_id"] for one in tickets} == requesters


def test_every_email_event_belongs_to_a_profile(lives):
    profiles = {one["id"] for one in documents(lives, "klaviyo", "profiles")}
    read = {
        one["relationships"]["profile"]["data"]["id"]
        for one in documents(lives, "klaviyo", "events")
    }
    assert read
    assert read <= profiles


def test_converted_leads_point_to_their_account(lives):
    accounts = {one["Id"] for one in documents(lives, "salesforce", "Account")}
    leads = documents(lives, "salesforce", "Lead")
    converted = {one["ConvertedAccountId"] for one in leads if one["IsConverted"]}
    assert converted == accounts
    deals = documents(lives, "salesforce", "Opportunity")
    assert {one["AccountId"] for one in deals} <= accounts


def test_an_order_with_a_touch_has_that_touch_among_the_events_before_it(lives):
    touched = 0
    for life in lives:
        sent = {event.body["messageId"]: event for event in life.events}
        for cause in life.truth.get("order_causes", []):
            if cause["touch_message_id"]:
                touched += 1
                touch = sent[cause["touch_message_id"]]
                assert touch.body["type"] in {"page", "screen"}
    assert touched > 0


def test_all_kinds_of_identifier_are_known(lives):
    kinds = {
        row["identifier_type"]
        for life in lives
        for row in life.truth.get("identifiers", [])
    }
    assert kinds == {
        "anonymous_id",
        "user_id",
        "email",
        "payments_customer_id",
        "lead_id",
        "support_requester_id",
        "email_profile_id",
        "marketing_contact_id",
        "shop_customer_id",
    }


def test_every_id_that_is_emitted_is_known_to_be_its_persons(lives):
    for life in lives:
        known = {row["identifier_value"] for row in life.truth.get("identifiers", [])}
        for event in life.events:
            sent = {event.body.get("anonymousId"), event.body.get("userId")} - {None}
            assert sent <= known
        for one in life.documents:
            if (one.tool, one.object_name) == ("stripe", "charges"):
                assert one.body["customer"] in known
                assert one.body["billing_details"]["email"] in known
            is_live_contact = one.tool == "hubspot" and one.object_name == "contacts"
            is_live_contact = is_live_contact and not one.body["archived"]
            if one.object_name in {"Lead", "profiles"} or is_live_contact:
                assert one.document_id in known


def test_a_shared_device_is_marked_and_used_by_more_than_one_person(company):
    owners: dict[str, set[str]] = {}
    shared: set[str] = set()
    for life in live_all(company, range(400)):
        for row in life.truth.get("identifiers", []):
            owners.setdefault(row["identifier_value"], set()).add(row["person_id"])
            if row["is_shared"]:
                shared.add(row["identifier_value"])
    several = {value for value, people in owners.items() if len(people) > 1}
    assert several
    assert several <= shared
