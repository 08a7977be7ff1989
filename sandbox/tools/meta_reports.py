"""Meta: insights of an ad account by day and ad."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.tools_store import Position, ToolsStore, microseconds

TOOL, OBJECT = "meta", "ad_days"
MAX_ROWS = 500
FIELDS = frozenset(
    (
        *("account_id", "account_currency", "campaign_id", "campaign_name"),
        *("adset_id", "adset_name", "ad_id", "ad_name", "spend", "impressions"),
        *("clicks", "inline_link_clicks", "actions", "action_values"),
        *("date_start", "date_stop"),
    )
)
_ALWAYS = ("date_start", "date_stop")


class RefusedReportError(Exception):
    """A request that the vendor refuses, with the sentence it says."""


def answer(
    store: ToolsStore, asked: Mapping[str, str], address: str, most_rows: int
) -> dict[str, Any]:
    """Return one page of insights, oldest day first.

    Args:
        store: Where the rows are.
        asked: The parameters of the request.
        address: Of the request, without parameters: for the link to the next page.
        most_rows: At most so many rows, whatever is asked for.

    Raises:
        RefusedReportError: A parameter is missing or not understood.
    """
    if asked.get("level") == "account" and "time_increment" not in asked:
        return {"data": _total(store, *_range(asked.get("time_range", "")))}
    if asked.get("level") != "ad" or asked.get("time_increment") != "1":
        raise RefusedReportError("only ads by day and the account as a whole")
    fields = [name for name in asked.get("fields", "").split(",") if name]
    if unknown := set(fields) - FIELDS:
        message = f"(#100) {min(unknown)} is not valid for fields param"
        raise RefusedReportError(message)
    since, until = _range(asked.get("time_range", ""))
    rows = min(int(asked.get("limit", 25)), most_rows)
    found = store.page(
        TOOL,
        OBJECT,
        after=_position(asked.get("after", "")),
        limit=rows + 1,
        since=since,
        until=until,
    )
    page = found[:rows]
    wanted = {*fields, *_ALWAYS}
    body: dict[str, Any] = {
        "data": [
            {name: value for name, value in one.body.items() if name in wanted}
            for one in page
        ]
    }
    if page:
        cursors = {"before": _cursor(page[0].position)}
        cursors["after"] = _cursor(page[-1].position)
        body["paging"] = {"cursors": cursors}
        if len(found) > rows:
            body["paging"]["next"] = f"{address}?after={cursors['after']}"
    return body


def _total(store: ToolsStore, since: int, until: int) -> list[dict[str, Any]]:
    """Return the account's spend and clicks; no row where there was nothing."""
    days = store.page(TOOL, OBJECT, limit=1_000_000, since=since, until=until)
    if not days:
        return []
    spend = sum(Decimal(day.body["spend"]) for day in days)
    counts = {
        name: str(sum(int(day.body[name]) for day in days))
        for name in ("inline_link_clicks", "impressions")
    }
    return [{"spend": str(spend), **counts}]


def _range(text: str) -> tuple[int, int]:
    try:
        asked = json.loads(text)
        return microseconds(asked["since"]), microseconds(asked["until"])
    except (ValueError, KeyError, TypeError) as error:
        message = "(#100) time_range must have since and until"
        raise RefusedReportError(message) from error


def _cursor(position: Position) -> str:
    text = json.dumps([position.clock, position.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position(cursor: str) -> Position | None:
    if not cursor:
        return None
    try:
        clock, key = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise RefusedReportError("(#100) Invalid cursor") from error
    return Position(int(clock), str(key))
