"""What is HubSpot's alone: the limit of a search, associations, archived records."""

import json
from decimal import Decimal

from activation.destinations.hubspot import HubspotObjects
from ingestion.reconciliation import hubspot as hubspot_figures
from ingestion.reconciliation.checks import reconcile
from tests.ingestion.sources.conftest import contact


def company(number: int, **fields) -> dict:
    body = contact(number, **fields)
    return {**body, "properties": {"name": f"Company {number}", "domain": "a.example"}}


def related(*ids: int) -> dict:
    results = [{"id": str(one), "type": "to_company"} for one in ids]
    return {"companies": {"results": results}}


def test_a_search_that_reaches_its_limit_goes_on_by_time_and_by_id(workspace):
    workspace.stand.traffic.largest_page = 0
    workspace.put("hubspot", "companies", company(0))
    workspace.load("hubspot")
    stamp = "2026-03-02T00:00:00.000Z"
    imported = [company(number, updatedAt=stamp) for number in range(1, 10_251)]
    later = [
        company(number, updatedAt=f"{stamp[:-2]}9Z") for number in (20_000, 20_001)
    ]
    workspace.put("hubspot", "companies", *imported, *later)
    assert workspace.load("hubspot") == {"companies": 10_252}
    assert len(workspace.ids("raw_hubspot.companies")) == 10_253
    assert workspace.stand.traffic.refused["hubspot"] == 0


def test_what_a_record_belongs_to_comes_with_the_list_and_with_the_search(workspace):
    workspace.put("hubspot", "contacts", contact(1, associations=related(8, 7)))
    workspace.load("hubspot")
    changed = contact(30, associations=related(9))
    workspace.put("hubspot", "contacts", changed, contact(31))
    assert workspace.load("hubspot") == {"contacts": 2}
    rows = workspace.query(
        "select id, company_ids from raw_hubspot.contacts order by 1"
    )
    assert [(key, json.loads(ids)) for key, ids in rows] == [
        ("1000001", ["7", "8"]),
        ("1000030", ["9"]),
        ("1000031", []),
    ]


def staged(number: int, *stages: str, **fields) -> dict:
    kept = [{"value": one, "timestamp": "2026-03-01T00:00:00.000Z"} for one in stages]
    history = {"dealstage": kept, "amount": [{"value": "1"}]}
    return contact(number, propertiesWithHistory=history, **fields)


def test_the_stages_of_a_deal_come_with_the_list_and_with_the_search(workspace):
    workspace.stand.traffic.largest_page = 0
    workspace.put("hubspot", "deals", *(staged(one, "open") for one in range(60)))
    assert workspace.load("hubspot") == {"deals": 60}
    changed = [staged(one, "won", "open") for one in range(60, 120)]
    workspace.put("hubspot", "deals", *changed, contact(120))
    assert workspace.load("hubspot") == {"deals": 61}
    found = workspace.query("select id, dealstage_history from raw_hubspot.deals")
    stages = {
        key: " ".join(one["value"] for one in json.loads(told)) for key, told in found
    }
    ids = [str(1_000_000 + one) for one in range(121)]
    assert stages == {
        **dict.fromkeys(ids[:60], "open"),
        **dict.fromkeys(ids[60:120], "won open"),
        ids[120]: "",
    }
    assert workspace.stand.traffic.refused["hubspot"] == 0


def test_a_record_that_is_archived_arrives_once_more(workspace):
    workspace.put("hubspot", "contacts", contact(1), contact(2))
    workspace.load("hubspot")
    gone = contact(1, archived=True, archivedAt="2026-03-05T00:00:00.000Z")
    workspace.put("hubspot", "contacts", gone)
    assert workspace.load("hubspot") == {"contacts": 1}
    assert workspace.load("hubspot") == {}
    archived = "select id, cast(archived_at as date) from raw_hubspot.contacts"
    [(key, day)] = workspace.query(f"{archived} where archived")
    assert (key, str(day)) == ("1000001", "2026-03-05")


def test_an_amount_of_any_length_is_rounded_to_cents(workspace):
    deal = contact(1, properties={"amount": "33.333333333", "dealname": "Third"})
    workspace.put("hubspot", "deals", deal)
    assert workspace.load("hubspot") == {"deals": 1}
    amounts = "select cast(amount as varchar) from raw_hubspot.deals"
    assert workspace.query(amounts) == [("33.33",)]


def test_the_amounts_of_the_newest_deals_are_added_up_on_both_sides(
    workspace, monkeypatch
):
    monkeypatch.setattr(hubspot_figures, "LISTED_PAGES", 2)
    workspace.stand.traffic.largest_page = 0
    deals = [
        contact(number, properties={"amount": f"{number}.255"})
        for number in range(1, 451)
    ]
    deals[449]["properties"]["amount"] = ""
    workspace.put("hubspot", "deals", *deals)
    workspace.load("hubspot")
    said = amounts_of(workspace)
    assert (said.figure.asked, said.verdict) == ("the newest 400", "equal")
    assert said.in_warehouse == sum(range(51, 450)) + Decimal("0.26") * 399

    deals[300]["properties"] = {"amount": "10000.00"}
    workspace.put("hubspot", "deals", *deals)
    assert amounts_of(workspace).verdict == "different"


def amounts_of(workspace):
    [found] = [
        check
        for check in reconcile(workspace.settings, ["hubspot"])
        if check.figure.what == "sum of amount"
    ]
    return found


def test_properties_of_the_company_are_read_where_they_are_named(workspace):
    section = workspace.settings.document["sources"]["hubspot"]
    section["properties"] = {"contacts": ["lifetime_value"]}
    workspace.put("hubspot", "contacts", contact(1, properties={"lifetime_value": "9"}))
    workspace.load("hubspot")
    found = workspace.query("select lifetime_value from raw_hubspot.contacts")
    assert found == [("9",)]


def test_what_the_destination_writes_comes_back_by_the_source(workspace):
    section = workspace.settings.document["sources"]["hubspot"]
    section["properties"] = {"contacts": ["lifetime_value"]}
    workspace.put("hubspot", "contacts", contact(1))
    workspace.load("hubspot")
    account = workspace.settings.section("sources.hubspot")
    contacts = HubspotObjects(account, "contacts", "email")
    rows = [("PERSON1@example.com", 12.5), ("new@example.com", None)]
    items = [
        contacts.prepare({"email": email, "lifetime_value": value})
        for email, value in rows
    ]
    outcomes = contacts.deliver(items)
    contacts.deliver([contacts.prepare_removal({"email": "new@example.com"})])
    contacts.close()
    assert {one.status.name for one in outcomes} == {"DELIVERED"}
    assert outcomes[0].remote_id == "1000001"
    workspace.load("hubspot")
    values = "select email, firstname, lifetime_value, archived from"
    assert workspace.query(f"{values} raw_hubspot.contacts order by email desc") == [
        ("person1@example.com", "Ada", "12.5", False),
        ("new@example.com", None, None, True),
    ]
