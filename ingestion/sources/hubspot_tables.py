"""The objects of HubSpot that are read, and how a record becomes a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ingestion.sources.contract import to_cents
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import Document, Table, columns

_RECORD_FIELDS = ("id", "createdAt", "updatedAt", "archived", "archivedAt")
_LISTS = ("company_ids", "contact_ids", "dealstage_history")
_OWN_FIELDS = frozenset((*_RECORD_FIELDS, *_LISTS, DELETED_AT))
_TIMES = f"createdAt updatedAt archivedAt {DELETED_AT}"
# when a contact came to each stage of its life
_BECAME = " ".join(
    f"hs_lifecyclestage_{stage}_date"
    for stage in (
        *("lead", "marketingqualifiedlead", "salesqualifiedlead"),
        *("opportunity", "customer"),
    )
)

CONTACTS = Table(
    "contacts",
    key="id",
    cursor="updatedAt",
    columns=columns(
        text="id email firstname lastname phone company jobtitle city country"
        " lifecyclestage hs_lead_status hs_analytics_source associatedcompanyid"
        " salesforceleadid salesforcecontactid",
        bool="archived",
        json="company_ids",
        timestamp=f"{_TIMES} {_BECAME}",
    ),
)
COMPANIES = Table(
    "companies",
    key="id",
    cursor="updatedAt",
    columns=columns(
        text="id name domain industry city country lifecyclestage",
        bigint="numberofemployees",
        bool="archived",
        timestamp=_TIMES,
    ),
)
DEALS = Table(
    "deals",
    key="id",
    cursor="updatedAt",
    columns=columns(
        text="id dealname dealstage pipeline dealtype deal_currency_code"
        " hs_primary_associated_company hs_salesforceopportunityid",
        decimal="amount",
        bool="archived hs_is_closed hs_is_closed_won",
        json="company_ids contact_ids dealstage_history",
        timestamp=f"{_TIMES} closedate",
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one object is asked for.

    Attributes:
        table: The table, named as the object.
        clock: The property that moves when a record changes.
        associations: The column for the ids of each object that it may belong to.
        history: The column for the former values of each property that keeps them.
        more: Properties beyond the declared ones.
    """

    table: Table
    clock: str
    associations: Mapping[str, str] = field(default_factory=dict)
    history: Mapping[str, str] = field(default_factory=dict)
    more: Sequence[str] = ()

    @property
    def properties(self) -> list[str]:
        """The properties that are asked for; without asking few are told."""
        declared = [name for name in self.table.columns if name not in _OWN_FIELDS]
        return [*declared, *(name for name in self.more if name not in declared)]

    def with_more(self, names: Mapping[str, Sequence[str]]) -> Reading:
        """Return it with further properties, by object."""
        return replace(self, more=tuple(names.get(self.table.name) or ()))

    def row(self, record: Document) -> Document:
        """Return a record with its properties as fields; an empty one is none."""
        given: Mapping[str, Any] = record.get("properties") or {}
        row: Document = dict.fromkeys(self.properties)
        row |= {name: None if value == "" else value for name, value in given.items()}
        if row.get("amount") is not None:  # a share of a sum may have any length
            row["amount"] = to_cents(row["amount"])
        for name in _RECORD_FIELDS:
            row[name] = record.get(name)
        related = record.get("associations") or {}
        for other, column in self.associations.items():
            found = (related.get(other) or {}).get("results") or []
            row[column] = sorted({str(one["id"]) for one in found})
        return row | self.former_values(record)

    def former_values(self, record: Document) -> Document:
        """Return the values that a record's properties had, newest first, by column."""
        told: Mapping[str, Any] = record.get("propertiesWithHistory") or {}
        return {
            column: [
                {"value": one.get("value"), "timestamp": one.get("timestamp")}
                for one in told.get(name) or []
            ]
            for name, column in self.history.items()
        }


READINGS = (
    Reading(COMPANIES, "hs_lastmodifieddate"),
    Reading(CONTACTS, "lastmodifieddate", {"companies": "company_ids"}),
    Reading(
        DEALS,
        "hs_lastmodifieddate",
        {"companies": "company_ids", "contacts": "contact_ids"},
        {"dealstage": "dealstage_history"},
    ),
)
