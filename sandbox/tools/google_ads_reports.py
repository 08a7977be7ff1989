"""Google Ads: reports of ads by day, asked for in a small part of GAQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.tools_store import Document, Position, ToolsStore, microseconds

TOOL, OBJECT = "google_ads", "ad_days"
PAGE_ROWS = 10_000
FIELDS = frozenset(
    (
        *("customer.id", "customer.currency_code", "campaign.id", "campaign.name"),
        *("campaign.status", "campaign.advertising_channel_type"),
        *("ad_group.id", "ad_group.name"),
        *("ad_group_ad.ad.id", "ad_group_ad.ad.name", "ad_group_ad.status"),
        *("segments.date", "metrics.cost_micros", "metrics.clicks"),
        *("metrics.impressions", "metrics.conversions", "metrics.conversions_value"),
    )
)
_DAY = r"\d{4}-\d\d-\d\d"
_QUERY = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<object>ad_group_ad|campaign)"  # noqa: S608
    rf" WHERE segments\.date BETWEEN '(?P<first>{_DAY})' AND '(?P<last>{_DAY})'"
    r"( AND campaign\.advertising_channel_type != '\w+')?"
    r"( ORDER BY [\w., ]+)?",
    re.IGNORECASE,
)


class RefusedQueryError(Exception):
    """A query that the vendor refuses, with its code."""


@dataclass(frozen=True, slots=True)
class Query:
    """A report that is asked for.

    Attributes:
        fields: What each row shall have, as GAQL names it.
        first: The first day, microseconds since 1970.
        last: The last day, microseconds since 1970.
        is_total: Whether one row for each campaign is asked for, over all days.
    """

    fields: tuple[str, ...]
    first: int
    last: int
    is_total: bool = False


def parse(statement: str) -> Query:
    """Return what a query asks for.

    Raises:
        RefusedQueryError: It is not of the part that is understood here, or names a
            field that there is not.
    """
    found = _QUERY.fullmatch(" ".join(statement.split()))
    if found is None:
        raise RefusedQueryError("UNEXPECTED_INPUT")
    fields = tuple(name.strip() for name in found["fields"].split(","))
    if unknown := [name for name in fields if name not in FIELDS]:
        message = f"UNRECOGNIZED_FIELD: {unknown[0]}"
        raise RefusedQueryError(message)
    first, last = (microseconds(found[name]) for name in ("first", "last"))
    return Query(fields, first, last, found["object"].lower() == "campaign")


def answer(
    store: ToolsStore, query: Query, token: str, page_rows: int
) -> dict[str, Any]:
    """Return one page of a report, oldest day first.

    Args:
        store: Where the rows are.
        query: What was asked for.
        token: The page token of the page before; empty for the first page.
        page_rows: At most so many rows.

    Raises:
        RefusedQueryError: The token is none of ours.
    """
    if query.is_total:
        return {"results": _totals(store, query)}
    found = store.page(
        TOOL,
        OBJECT,
        after=_position(token),
        limit=page_rows + 1,
        since=query.first,
        until=query.last,
    )
    page = found[:page_rows]
    body: dict[str, Any] = {"fieldMask": ",".join(_camel(one) for one in query.fields)}
    if page:
        body["results"] = [_only(one, query.fields) for one in page]
    if len(found) > page_rows:
        body["nextPageToken"] = f"{page[-1].updated_at}/{page[-1].id}"
    return body


def _totals(store: ToolsStore, query: Query) -> list[dict[str, Any]]:
    """Return what each campaign cost and how often it was clicked."""
    days = store.page(
        TOOL, OBJECT, limit=1_000_000, since=query.first, until=query.last
    )
    totals: dict[str, Counter[str]] = {}
    for day in days:
        total = totals.setdefault(day.body["campaign"]["id"], Counter())
        for name in ("costMicros", "clicks", "impressions"):
            total[name] += int(day.body["metrics"][name])
    return [
        {
            "campaign": {"id": campaign_id},
            "metrics": {name: str(value) for name, value in total.items()},
        }
        for campaign_id, total in totals.items()
    ]


def _position(token: str) -> Position | None:
    clock, _, key = token.partition("/")
    if token and not clock.lstrip("-").isdigit():
        raise RefusedQueryError("INVALID_PAGE_TOKEN")
    return Position(int(clock), key) if token else None


def _only(document: Document, fields: Iterable[str]) -> dict[str, Any]:
    """Return the asked fields of a row; a zero of a report is left out."""
    row: dict[str, Any] = {}
    for field in fields:
        value: Any = document.body
        names = _camel(field).split(".")
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            continue
        place = row
        for name in names[:-1]:
            place = place.setdefault(name, {})
        place[names[-1]] = value
    return row


def _camel(field: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), field)
