"""Salesforce as a dlt source: leads, accounts, opportunities and activities by SOQL.

Each table is read in order of SystemModstamp, which moves with every change, from ten
minutes before the newest record seen, and merged on Id. ``queryAll`` is used, so a
record that is deleted arrives once more with IsDeleted true instead of staying as it
was. A session that ends in the middle is renewed and the page asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dlt
import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.session_token import SessionToken
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
LAG = timedelta(minutes=10)
_SYSTEM_TIMES = "CreatedDate LastModifiedDate SystemModstamp"

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
        timestamp="CreatedDate SystemModstamp",
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
    url = str(section["url"]).rstrip("/")
    token = SessionToken(
        access_token_url=f"{url}/services/oauth2/token",
        client_id=section["client_id"],
        client_secret=section["client_secret"],
        session=rest.session(),
    )
    client = rest.new_client(url, token)

    @dlt.source(name="salesforce", max_table_nesting=0)
    def salesforce() -> list[Any]:
        return [
            _resource(client, name, table, rows_per_load)
            for name, table in TABLES.items()
        ]

    return salesforce()


def _resource(
    client: RESTClient, object_name: str, table: Table, rows_per_load: int
) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, "SystemModstamp", LAG)
        paginator = RecordsUrlPaginator(client.base_url)
        query = _query(object_name, table, mark)
        path = f"services/data/{API_VERSION}/queryAll"
        for page in rest.pages(
            client,
            path,
            params={"q": query},
            paginator=paginator,
            data_selector="records",
        ):
            records = [_without_attributes(record) for record in page]
            yield mark.take_new(records)

    return resource(table, read, rows_per_load)


def _query(object_name: str, table: Table, mark: Watermark) -> str:
    start = mark.start()
    where = ""
    if start is not None:
        where = f" where SystemModstamp >= {start:%Y-%m-%dT%H:%M:%S.000Z}"
    fields = ", ".join(table.columns)
    return f"select {fields} from {object_name}{where} order by SystemModstamp, Id"  # noqa: S608 - composed of declared names


def _without_attributes(record: Document) -> Document:
    return {name: record[name] for name in record if name != "attributes"}
