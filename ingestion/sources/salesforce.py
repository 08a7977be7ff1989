"""Salesforce as a dlt source: leads, accounts, opportunities and activities by SOQL.

Each table is read in order of SystemModstamp, which moves with every change, from ten
minutes before the newest record seen, and merged on Id. ``queryAll`` is used, so a
record that is deleted arrives once more with IsDeleted true instead of staying as it
was. One that was removed for good is noticed once a day, by its Id. A session that ends
in the middle is renewed and the page asked for again.

No two orgs have the same fields, and a user may not see all of them: the org is asked
first, and what it does not show stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import dlt
import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.contract import to_cents
from ingestion.sources.deletions import Compared, IdLists
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    Table,
    columns,
    resource,
)
from ingestion.sources.watermark import Watermark

API_VERSION = "v62.0"
QUERY = f"services/data/{API_VERSION}/queryAll"
"""Where queries go; ``query`` leaves deleted records and archived activities out."""
LAG = timedelta(minutes=10)
_SYSTEM_TIMES = f"CreatedDate LastModifiedDate SystemModstamp {DELETED_AT}"

LEAD = Table(
    "lead",
    key="Id",
    cursor="SystemModstamp",
    columns=columns(
        text="Id Email FirstName LastName Phone Company LeadSource Status Street"
        " PostalCode City Country"
        " ConvertedAccountId ConvertedContactId",
        bigint="NumberOfEmployees",
        bool="IsConverted IsDeleted",
        date="ConvertedDate",
        timestamp=_SYSTEM_TIMES,
    ),
)
ACCOUNT = Table(
    "account",
    key="Id",
    cursor="SystemModstamp",
    columns=columns(
        text="Id Name Industry Customer_Type__c BillingCity BillingCountry",
        bigint="NumberOfEmployees",
        bool="IsDeleted",
        timestamp=_SYSTEM_TIMES,
    ),
)
OPPORTUNITY = Table(
    "opportunity",
    key="Id",
    cursor="SystemModstamp",
    columns=columns(
        text="Id AccountId Name StageName",
        decimal="Amount",
        bool="IsClosed IsWon IsDeleted",
        date="CloseDate",
        timestamp=_SYSTEM_TIMES,
    ),
)
OPPORTUNITY_HISTORY = Table(
    "opportunity_history",
    key="Id",
    cursor="SystemModstamp",
    columns=columns(
        text="Id OpportunityId StageName",
        decimal="Amount Probability",
        bool="IsDeleted",
        date="CloseDate",
        timestamp=f"CreatedDate SystemModstamp {DELETED_AT}",
    ),
)
TASK = Table(
    "task",
    key="Id",
    cursor="SystemModstamp",
    columns=columns(
        text="Id WhoId WhatId AccountId OwnerId Subject Status TaskSubtype CallType"
        " CallDisposition",
        bigint="CallDurationInSeconds",
        bool="IsClosed IsDeleted",
        date="ActivityDate",
        timestamp=f"{_SYSTEM_TIMES} CompletedDateTime",
    ),
)
TABLES = {
    "Lead": LEAD,
    "Account": ACCOUNT,
    "Opportunity": OPPORTUNITY,
    "OpportunityHistory": OPPORTUNITY_HISTORY,
    "Task": TASK,
}


class RecordsUrlPaginator(JSONLinkPaginator):
    """Follows nextRecordsUrl, a path on the org's own host."""

    def __init__(self, url: str) -> None:
        super().__init__(next_url_path="nextRecordsUrl")
        self._url = url

    def update_state(self, response: requests.Response, data: Any = None) -> None:  # noqa: ARG002 - dlt's signature
        """Take the next page's address from an answer."""
        path = response.json().get("nextRecordsUrl")
        self._next_reference = f"{self._url}{path}" if path else None


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the org in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "salesforce")
    client = client_of(section)
    more = section.get("fields") or {}

    @dlt.source(name="salesforce", max_table_nesting=0)
    def salesforce() -> list[Any]:
        return [
            _resource(client, name, more.get(name) or (), rows_per_load)
            for name in TABLES
        ]

    return salesforce()


def client_of(section: Mapping[str, Any]) -> RESTClient:
    """Return a client of the org of these settings."""
    url = str(section["url"]).rstrip("/")
    return rest.new_client(
        {
            "base_url": url,
            "auth": {
                "type": "oauth2_client_credentials",
                "access_token_url": f"{url}/services/oauth2/token",
                "client_id": section["client_id"],
                "client_secret": section["client_secret"],
            },
            "paginator": RecordsUrlPaginator(url),
        }
    )


def id_lists(settings: Settings) -> IdLists:
    """Return what lists all ids, by table: nothing tells of every delete.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = client_of(rest.section_of_kind(settings, "salesforce"))
    return {
        Compared("salesforce", table.name, ("id",)): partial(_ids, client, object_name)
        for object_name, table in TABLES.items()
    }


def _resource(
    client: RESTClient, object_name: str, more: Sequence[str], rows_per_load: int
) -> Any:
    table = TABLES[object_name]

    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, "SystemModstamp", LAG)
        fields = _fields(client, object_name, (*table.columns, *more))
        for page in _answered(client, _query(object_name, fields, mark)):
            yield mark.take_new([_row(record) for record in page])

    return resource(table, read, rows_per_load)


def _fields(client: RESTClient, object_name: str, wanted: Iterable[str]) -> list[str]:
    """Return the wanted fields that the org has and shows to the user."""
    path = f"services/data/{API_VERSION}/sobjects/{object_name}/describe"
    answer = rest.answer(client, {"path": path}, has="fields")
    there = {field["name"] for field in answer["fields"]}
    return [name for name in dict.fromkeys(wanted) if name in there]


def _answered(client: RESTClient, query: str) -> Iterator[list[Document]]:
    for page in rest.pages(
        client,
        {"path": QUERY, "params": {"q": query}, "data_selector": "records"},
    ):
        yield list(page)


def _ids(client: RESTClient, object_name: str) -> Iterator[list[str]]:
    query = f"select Id from {object_name}"  # noqa: S608 - a declared name
    for page in _answered(client, query):
        yield [str(record["Id"]) for record in page]


def _query(object_name: str, fields: Sequence[str], mark: Watermark) -> str:
    start = mark.start()
    where = ""
    if start is not None:
        where = f" where SystemModstamp >= {start:%Y-%m-%dT%H:%M:%S.000Z}"
    selected = ", ".join(fields)
    return f"select {selected} from {object_name}{where} order by SystemModstamp, Id"  # noqa: S608 - composed of declared names


def _row(record: Document) -> Document:
    """Return a record's fields; an amount may have been stored at any length."""
    row = {name: record[name] for name in record if name != "attributes"}
    for name in ("Amount", "Probability"):
        if row.get(name) is not None:
            row[name] = to_cents(row[name])
    return row
