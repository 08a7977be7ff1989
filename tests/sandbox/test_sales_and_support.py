"""What the sales team and the help desk do, as their tools keep it."""

from collections import defaultdict
from datetime import date

import pytest

from sandbox.company.company import Company, found_company
from sandbox.company.lives import Life, live_all
from sandbox.company.support_comments import AGENTS


@pytest.fixture(scope="module")
def company() -> Company:
    return found_company(7, date(2026, 11, 22), 365, 0.0)


@pytest.fixture(scope="module")
def lives(company: Company) -> list[Life]:
    return list(live_all(company, range(250)))


def documents(lives: list[Life], tool: str, object_name: str) -> list[dict]:
    return [
        one.body
        for life in lives
        for one in life.documents
        if (one.tool, one.object_name) == (tool, object_name)
    ]


def test_activities_are_about_a_lead_or_the_contact_it_became(lives):
    leads = documents(lives, "salesforce", "Lead")
    known = {one["Id"] for one in leads}
    known |= {one["ConvertedContactId"] for one in leads}
    tasks = documents(lives, "salesforce", "Task")
    assert {one["WhoId"] for one in tasks} <= known
    calls = [one for one in tasks if one["TaskSubtype"] == "Call"]
    assert calls
    assert all(one["CallType"] == "Outbound" for one in calls)
    assert len({one["Id"] for one in tasks}) == len(tasks)


def test_the_last_stage_of_a_deal_is_the_deals_own(lives):
    history = defaultdict(list)
    for one in documents(lives, "salesforce", "OpportunityHistory"):
        history[one["OpportunityId"]].append((one["CreatedDate"], one["StageName"]))
    deals = documents(lives, "salesforce", "Opportunity")
    assert deals
    for deal in deals:
        assert max(history[deal["Id"]])[1] == deal["StageName"]


def test_comments_belong_to_their_ticket_and_lie_within_its_time(lives):
    tickets = {one["id"]: one for one in documents(lives, "zendesk", "tickets")}
    answered = set()
    for event in documents(lives, "zendesk", "ticket_events"):
        ticket = tickets[event["ticket_id"]]
        [comment] = event["child_events"]
        assert ticket["created_at"] <= comment["created_at"] <= ticket["updated_at"]
        assert comment["author_id"] in {ticket["requester_id"], *AGENTS}
        if comment["author_id"] in AGENTS and comment["public"]:
            answered.add(ticket["id"])
    assert 0.8 < len(answered) / len(tickets) <= 1


def test_who_unsubscribes_gets_no_more_mail(lives):
    left = 0
    for life in lives:
        mails = [
            (one.body["attributes"]["timestamp"], one.body)
            for one in life.documents
            if (one.tool, one.object_name) == ("klaviyo", "events")
        ]
        gone = [
            (at, body)
            for at, body in mails
            if body["relationships"]["metric"]["data"]["id"] == "Uns001"
        ]
        if gone:
            left += 1
            assert max(at for at, _ in mails) == gone[0][0]
            [profile] = documents([life], "klaviyo", "profiles")
            marketing = profile["attributes"]["subscriptions"]["email"]["marketing"]
            assert marketing["consent"] == "UNSUBSCRIBED"
            assert marketing["can_receive_email_marketing"] is False
    assert left


def test_hubspot_says_of_sales_what_the_crm_says(lives):
    won = [one for one in documents(lives, "salesforce", "Opportunity") if one["IsWon"]]
    deals = documents(lives, "hubspot", "deals")
    amounts = [
        float(one["properties"]["amount"])
        for one in deals
        if one["properties"]["hs_is_closed_won"] == "true"
    ]
    assert sorted(amounts) == sorted(one["Amount"] for one in won)
    ids = {one["id"] for one in documents(lives, "hubspot", "companies")}
    assert {one["properties"]["hs_primary_associated_company"] for one in deals} <= ids
    contacts = documents(lives, "hubspot", "contacts")
    emails = {one["Email"] for one in documents(lives, "salesforce", "Lead")}
    assert emails - {None} <= {one["properties"]["email"] for one in contacts}
    stages = {one["properties"]["lifecyclestage"] for one in contacts}
    assert stages == {"lead", "salesqualifiedlead", "customer"}
    gone = [one for one in contacts if one["archived"]]
    assert 0 < len(gone) < len(contacts)
    assert all(one["archivedAt"] > one["createdAt"] for one in gone)


def test_hubspot_dates_what_it_says_as_the_crm_does(lives):
    leads = {one["Id"]: one for one in documents(lives, "salesforce", "Lead")}
    for one in documents(lives, "hubspot", "contacts"):
        said = one["properties"]
        lead = leads[said["salesforceleadid"]]
        changed = lead["SystemModstamp"].replace("+0000", "Z")
        if said["lifecyclestage"] != "lead":
            stage = said["lifecyclestage"]
            assert said[f"hs_lifecyclestage_{stage}_date"] == changed
        assert said["hs_lifecyclestage_lead_date"] <= changed
        assert said["salesforcecontactid"] == lead["ConvertedContactId"]
    for one in documents(lives, "hubspot", "deals"):
        newest = one["propertiesWithHistory"]["dealstage"][0]
        assert newest["value"] == one["properties"]["dealstage"]
        if one["properties"]["hs_is_closed"] == "true":
            assert newest["timestamp"] == one["properties"]["closedate"]
