"""Marketing's HubSpot, which the sales team's records are copied into.

Everybody whom sales has a lead of is a contact; who asked on behalf of a company has
that company too, and each opportunity of sales is a deal of it. So what HubSpot says
agrees with what the CRM says, and both with the orders. Some contacts that came to
nothing have been deleted.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from sandbox.company.chance import DAY_SECONDS, stream
from sandbox.company.journal import Journal
from sandbox.company.people import Person
from sandbox.company.season import iso

DELETED_SHARE, DELETED_AFTER_DAYS = 0.7, 20
_CONTACTS_FROM, _COMPANIES_FROM, _DEALS_FROM = 30_000_000_000, 9_000_000_000, 12_000_000
_MOST_DEALS = 1_000
_STAGES = {
    "Prospecting": "appointmentscheduled",
    "Proposal/Price Quote": "contractsent",
    "Closed Won": "closedwon",
    "Closed Lost": "closedlost",
}
_LEAD_STATUSES = {
    "Open - Not Contacted": "NEW",
    "Working - Contacted": "IN_PROGRESS",
    "Unqualified": "UNQUALIFIED",
    "Qualified": "CONNECTED",
    "Closed - Converted": "OPEN_DEAL",
}
_LIFECYCLES = {"Qualified": "salesqualifiedlead", "Closed - Converted": "customer"}
_SOURCES = {
    "Web": "ORGANIC_SEARCH",
    "Trade Show": "OFFLINE",
    "Partner Referral": "REFERRALS",
    "Repeat Purchaser": "DIRECT_TRAFFIC",
}
_HOPELESS = ("Unqualified", "Open - Not Contacted")
_TITLES = ("Owner", "Head of purchasing", "Office manager", None)


def keep_hubspot(journal: Journal, person: Person, seed: int) -> str | None:
    """Keep what HubSpot knows of one person.

    Args:
        journal: Has what the CRM knows; gets HubSpot's documents.
        person: Who it is about.
        seed: The run's seed.

    Returns:
        The id of the contact; None without one, or if it has been deleted.
    """
    leads = _bodies(journal, "Lead")
    if not leads:
        return None
    [lead] = leads
    chance = stream(seed, person.index, "hubspot")
    contact_id = str(_CONTACTS_FROM + person.index)
    company_ids = []
    if person.contact.company_name is not None:
        company_ids = [str(_COMPANIES_FROM + person.index)]
        _keep(journal, "companies", company_ids[0], lead, _company(person, lead))
    properties = _contact(person, lead, company_ids, chance)
    body = _keep(
        journal, "contacts", contact_id, lead, properties, companies=company_ids
    )
    _keep_deals(journal, person, company_ids, contact_id)
    deleted_at = _deleted_at(lead, chance)
    if deleted_at is None or not journal.is_within(deleted_at):
        return contact_id
    stamp = iso(deleted_at)
    body |= {"archived": True, "archivedAt": stamp, "updatedAt": stamp}
    return None


def _deleted_at(lead: dict[str, Any], chance: Random) -> float | None:
    if lead["Status"] not in _HOPELESS or chance.random() >= DELETED_SHARE:
        return None
    changed_at = datetime.fromisoformat(lead["SystemModstamp"]).timestamp()
    return changed_at + DELETED_AFTER_DAYS * DAY_SECONDS


def _keep_deals(
    journal: Journal, person: Person, company_ids: list[str], contact_id: str
) -> None:
    history = _bodies(journal, "OpportunityHistory")
    for number, opportunity in enumerate(_bodies(journal, "Opportunity")):
        deal_id = str((_DEALS_FROM + person.index) * _MOST_DEALS + number)
        body = _keep(
            journal, "deals", deal_id, opportunity,
            _deal(opportunity, number, company_ids),
            companies=company_ids, contacts=[contact_id],
        )  # fmt: skip
        stages = [
            {"value": _STAGES[one["StageName"]], "timestamp": _stamp(one)}
            for one in history
            if one["OpportunityId"] == opportunity["Id"]
        ]
        body["propertiesWithHistory"] = {"dealstage": stages[::-1]}


def _bodies(journal: Journal, object_name: str) -> list[dict[str, Any]]:
    return [
        one.body
        for one in journal.documents
        if (one.tool, one.object_name) == ("salesforce", object_name)
    ]


def _contact(
    person: Person, lead: dict[str, Any], company_ids: list[str], chance: Random
) -> dict[str, str | None]:
    contact, title = person.contact, chance.choice(_TITLES)
    stage = _LIFECYCLES.get(lead["Status"], "lead")
    became = {stage: lead["SystemModstamp"]} | {"lead": lead["CreatedDate"]}
    return {
        "email": lead["Email"] or contact.email,
        "firstname": contact.first_name,
        "lastname": contact.last_name,
        "phone": contact.phone if contact.company_name else None,
        "company": contact.company_name,
        "jobtitle": title if company_ids else None,
        "city": contact.city,
        "country": contact.country_code,
        "lifecyclestage": stage,
        **{
            f"hs_lifecyclestage_{name}_date": at.replace("+0000", "Z")
            for name, at in became.items()
        },
        "hs_lead_status": _LEAD_STATUSES[lead["Status"]],
        "hs_analytics_source": _SOURCES[lead["LeadSource"]],
        "salesforceleadid": lead["Id"],
        "salesforcecontactid": lead["ConvertedContactId"],
        "associatedcompanyid": company_ids[0] if company_ids else None,
    }


def _company(person: Person, lead: dict[str, Any]) -> dict[str, str | None]:
    contact, employees = person.contact, lead["NumberOfEmployees"]
    return {
        "name": contact.company_name,
        "domain": contact.email.partition("@")[2],
        "industry": contact.industry,
        "city": contact.city,
        "country": contact.country_code,
        "numberofemployees": None if employees is None else str(employees),
        "lifecyclestage": _LIFECYCLES.get(lead["Status"], "lead"),
    }


def _deal(
    opportunity: dict[str, Any], number: int, company_ids: list[str]
) -> dict[str, str | None]:
    return {
        "dealname": opportunity["Name"],
        "amount": f"{opportunity['Amount']:.2f}",
        "deal_currency_code": "USD",
        "dealstage": _STAGES[opportunity["StageName"]],
        "pipeline": "default",
        "dealtype": "existingbusiness" if number else "newbusiness",
        "closedate": _closed_at(opportunity),
        "hs_is_closed": str(opportunity["IsClosed"]).lower(),
        "hs_is_closed_won": str(opportunity["IsWon"]).lower(),
        "hs_primary_associated_company": company_ids[0] if company_ids else None,
        "hs_salesforceopportunityid": opportunity["Id"],
    }


def _closed_at(opportunity: dict[str, Any]) -> str:
    """When a sale was closed, to the second; the day of one that is not is a guess."""
    if opportunity["IsClosed"]:
        return str(opportunity["SystemModstamp"]).replace("+0000", "Z")
    return f"{opportunity['CloseDate']}T00:00:00.000Z"


def _stamp(record: dict[str, Any]) -> str:
    return str(record["CreatedDate"]).replace("+0000", "Z")


def _keep(
    journal: Journal,
    object_name: str,
    record_id: str,
    source: dict[str, Any],
    properties: dict[str, str | None],
    **related: list[str],
) -> dict[str, Any]:
    """Keep one record with the times of the CRM's; return it."""
    singular = {"contacts": "contact", "companies": "company", "deals": "deal"}
    kind = singular[object_name]
    associations = {
        other: {
            "results": [
                {"id": one, "type": f"{kind}_to_{singular[other]}"} for one in ids
            ]
        }
        for other, ids in related.items()
        if ids
    }
    body: dict[str, Any] = {
        "id": record_id,
        "properties": properties,
        "createdAt": source["CreatedDate"].replace("+0000", "Z"),
        "updatedAt": source["SystemModstamp"].replace("+0000", "Z"),
        "archived": False,
    }
    if associations:
        body["associations"] = associations
    journal.keep("hubspot", object_name, body)
    return body
