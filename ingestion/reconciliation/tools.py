"""What the SaaS tools answer, as cheaply as each of them can.

Salesforce counts and adds up by SOQL. Stripe and Klaviyo do neither: there the newest
records are listed and compared with the same ones here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.rest_api.typing import Endpoint

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import klaviyo, rest, salesforce, stripe
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import Document, moment

LISTED_PAGES = 5
_HERE = f"{DELETED_AT} is null"
_SUMS = {"Opportunity": "Amount"}
_STRIPE_AMOUNTS = {
    "customers": "",
    "products": "",
    "subscriptions": "",
    "charges": "amount",
    "invoices": "total",
    "refunds": "amount",
    "prices": "",
    "coupons": "",
}

_STRIPE_FILTERS = {"subscriptions": {"status": "all"}}


def of_salesforce(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield the count of each object that is not deleted, and the sum of amounts."""
    client = salesforce.client_of(rest.section_of_kind(settings, "salesforce"))
    there, kept = "where IsDeleted = false", f"is_deleted is not true and {_HERE}"
    for object_name, table in salesforce.TABLES.items():
        answer = _soql(client, f"select count() from {object_name} {there}")  # noqa: S608
        count = Decimal(answer["totalSize"])
        yield Figure(table.name, "count", "all that is there", count, condition=kept)
        if (field := _SUMS.get(object_name)) is not None:
            query = f"select sum({field}) from {object_name} {there}"  # noqa: S608
            total = _soql(client, query)["records"][0]["expr0"]
            yield Figure(
                table.name,
                f"sum of {field}",
                "all that is there",
                Decimal(str(total or 0)),
                f"sum({field.lower()})",
                kept,
            )


def of_stripe(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield counts, and sums of money, of the newest objects of each kind."""
    client = stripe.client_of(settings)
    there = "not coalesce(deleted, false)"
    for table, amount in _STRIPE_AMOUNTS.items():
        parameters = {"limit": "100", **_STRIPE_FILTERS.get(table, {})}
        pages = stripe.pages(client, f"v1/{table}", parameters)
        found, newer = _newest(pages, "created")
        asked = f"the newest {len(found):,}" if newer else "all rows"
        where = f"{there} and {newer}" if newer else there
        yield Figure(table, "count", asked, Decimal(len(found)), condition=where)
        if amount:
            total = Decimal(sum(int(one[amount]) for one in found))
            what, expression = f"sum of {amount}", f"sum({amount})"
            yield Figure(table, what, asked, total, expression, where)


def of_klaviyo(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield the counts of the newest profiles, events and campaigns."""
    client = klaviyo.client_of(settings)
    for reading in klaviyo.READINGS:
        cursor = str(reading.table.cursor)
        parameters = {"sort": f"-{cursor}", **reading.size_or_filter}
        pages = klaviyo.pages(client, reading.table.name, parameters)
        found, condition = _newest(pages, cursor)
        asked = f"the newest {len(found):,}" if condition else "all rows"
        there = _HERE if DELETED_AT in reading.table.columns else ""
        yield Figure(
            reading.table.name,
            "count",
            asked,
            Decimal(len(found)),
            condition=" and ".join(filter(None, (condition, there))),
        )


def _newest(pages: Iterator[PageData[Any]], clock: str) -> tuple[list[Document], str]:
    """Return the newest records, and the condition that leaves the same ones here.

    Args:
        pages: A list that is sorted by time, newest first.
        clock: The time in a record.
    """
    found: list[Document] = []
    for number, page in enumerate(pages, 1):
        found += [{**one, **one.get("attributes", {})} for one in page]
        # records of the last moment may go on with the next page: without them there
        # have to be some left, also after an import that gave all of them one time
        if number >= LISTED_PAGES and moment(found[-1][clock]) < moment(
            found[0][clock]
        ):
            break
    else:
        return found, ""
    edge = moment(found[-1][clock])
    kept = [one for one in found if moment(one[clock]) > edge]
    return kept, f"{clock} > timestamptz '{edge.isoformat()}'"


def _soql(client: RESTClient, query: str) -> Any:
    asked: Endpoint = {"path": salesforce.QUERY, "params": {"q": query}}
    return rest.answer(client, asked, has="totalSize")
