"""Which fields the org has, by object, as ``describe`` tells."""

from __future__ import annotations

from typing import Any

from sandbox.tools.stand import Stand, words

_SYSTEM = "Id IsDeleted CreatedDate LastModifiedDate SystemModstamp"
FIELDS = {
    "Lead": words(
        f"{_SYSTEM} Email FirstName LastName Company LeadSource Status Country"
        " NumberOfEmployees IsConverted ConvertedAccountId ConvertedContactId"
        " ConvertedOpportunityId ConvertedDate Title Phone Industry"
        " Street PostalCode City"
    ),
    "Account": words(
        f"{_SYSTEM} Name Industry BillingCity BillingCountry NumberOfEmployees Phone"
        " Website Type Customer_Type__c"
    ),
    "Opportunity": words(
        f"{_SYSTEM} AccountId Name StageName Amount IsClosed IsWon CloseDate"
        " Probability Type LeadSource"
    ),
    "Task": words(
        f"{_SYSTEM} WhoId WhatId AccountId OwnerId Subject Status Priority TaskSubtype"
        " CallType CallDurationInSeconds CallDisposition ActivityDate IsClosed"
        " CompletedDateTime"
    ),
    "OpportunityHistory": words(
        f"{_SYSTEM} OpportunityId StageName Amount Probability CloseDate"
        " ForecastCategory"
    )
    - {"LastModifiedDate"},
    "Contact": words(f"{_SYSTEM} AccountId FirstName LastName Email Phone Title"),
}
_CUSTOM = (
    "select distinct key from documents, json_each(cast(body as text))"
    " where tool = 'salesforce' and object_name = ? and key like '%!_!_c' escape '!'"
)


def fields_of(stand: Stand, object_name: str) -> frozenset[str]:
    """Return the standard fields, and the custom ones that records have.

    What an administrator has taken out is not among them.
    """
    with stand.store.transaction() as connection:
        custom = connection.execute(_CUSTOM, (object_name,)).fetchall()
    found = {*FIELDS[object_name], *(str(name) for (name,) in custom)}
    return frozenset(found - stand.traffic.removed_fields)


def description(stand: Stand, object_name: str) -> dict[str, Any]:
    """Return what ``describe`` answers about an object."""
    fields = [
        {"name": name, "label": name, "custom": name.endswith("__c")}
        for name in sorted(fields_of(stand, object_name))
    ]
    return {"name": object_name, "queryable": True, "fields": fields}
