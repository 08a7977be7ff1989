"""The part of SOQL that extraction uses: fields, one object, conditions, an order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sandbox.tools.stand import words
from sandbox.tools_store import Position, ToolsStore, microseconds

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
_QUERY = re.compile(
    r"\s*select\s+(?P<fields>[\w\s,]+?)\s+from\s+(?P<object>\w+)"
    r"(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s+by\s+(?P<order>[\w\s,]+?))?"
    r"(?:\s+limit\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"\s*SystemModstamp\s*(>=|<=)\s*(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))\s*",
    re.IGNORECASE,
)


class RefusedQueryError(Exception):
    """A query that the vendor would not run; ``code`` is the vendor's errorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query and how far it has been read.

    Attributes:
        object_name: Such as ``Lead``.
        fields: What is selected.
        since: Lowest SystemModstamp, microseconds; None for all.
        until: Highest SystemModstamp, microseconds; None for all.
        includes_deleted: Whether deleted records are returned.
        after: The last record of the page before.
        position_number: How many records came before.
    """

    object_name: str
    fields: tuple[str, ...]
    since: int | None
    until: int | None
    includes_deleted: bool
    after: Position | None = None
    position_number: int = 0


def parse(statement: str, *, includes_deleted: bool) -> Query:
    """Parse a query.

    Raises:
        RefusedQueryError: It is malformed, or names what the org does not have.
    """
    found = _QUERY.fullmatch(statement)
    if found is None:
        raise RefusedQueryError(
            "MALFORMED_QUERY", f"unexpected token: {statement[:40]}"
        )
    object_name = found["object"]
    if object_name not in FIELDS:
        message = f"sObject type '{object_name}' is not supported."
        raise RefusedQueryError("INVALID_TYPE", message)
    fields = tuple(name.strip() for name in found["fields"].split(","))
    for name in fields:
        is_custom = name.endswith("__c") and object_name == "Contact"
        if name not in FIELDS[object_name] and not is_custom:
            message = f"No such column '{name}' on entity '{object_name}'."
            raise RefusedQueryError("INVALID_FIELD", message)
    since, until = _bounds(found["where"])
    return Query(object_name, fields, since, until, includes_deleted)


def _bounds(where: str | None) -> tuple[int | None, int | None]:
    bounds: dict[str, int | None] = {">=": None, "<=": None}
    for condition in re.split(r"\s+and\s+", where or "", flags=re.IGNORECASE):
        if not condition:
            continue
        found = _CONDITION.fullmatch(condition)
        if found is None:
            message = f"unexpected token: {condition.strip()[:40]}"
            raise RefusedQueryError("MALFORMED_QUERY", message)
        bounds[found[1]] = microseconds(found[2])
    return bounds[">="], bounds["<="]


def run(
    store: ToolsStore, query: Query, page_rows: int
) -> tuple[list[dict[str, Any]], Query | None]:
    """Return one page of records and the query for the next page, or None."""
    documents = store.page(
        "salesforce",
        query.object_name,
        after=query.after,
        limit=page_rows + 1,
        since=query.since,
        until=query.until,
    )
    page = documents[:page_rows]
    following = None
    if len(documents) > page_rows:
        following = replace(
            query,
            after=page[-1].position,
            position_number=query.position_number + len(page),
        )
    bodies = [document.body for document in page]
    if not query.includes_deleted:
        bodies = [body for body in bodies if not body.get("IsDeleted")]
    return bodies, following


def count(store: ToolsStore, query: Query) -> int:
    """Return how many records the whole query has."""
    return store.count(
        "salesforce", query.object_name, since=query.since, until=query.until
    )
