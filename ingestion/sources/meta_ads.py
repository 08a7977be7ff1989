"""Meta's ad insights as a dlt source: spend, clicks and purchases by day and ad.

Meta may change a day's figures for 28 days, as it finds what clicks led to. So these
days are asked for again every time.

Sources: https://developers.facebook.com/docs/marketing-api/insights and
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

import dlt
import requests
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from dlt.sources.rest_api.typing import Endpoint

from cdp.settings import Settings
from ingestion.sources import day_reports, rest
from ingestion.sources.advertising_kinds import META_ADS, META_RESTATED_DAYS
from ingestion.sources.contract import to_cents
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    Table,
    columns,
    resource,
)

VERSION = "v26.0"
PAGE_ROWS = 500
AD_DAYS = Table(
    "ad_days",
    key="ad_day_id",
    columns=columns(
        text="ad_day_id account_id account_currency campaign_id campaign_name adset_id"
        " adset_name ad_id ad_name",
        bigint="impressions clicks inline_link_clicks",
        decimal="spend purchases purchases_value",
        json="actions action_values",
        date="date_start date_stop",
    ),
)
_MADE_HERE = ("ad_day_id", "purchases", "purchases_value")
_WHOLE = ("impressions", "clicks", "inline_link_clicks")
# The Graph API answers 400 to almost everything; what it means is in the code.
_BUSY = frozenset({1, 2, 4, 17, 32, 341, 613, *range(80000, 80015)})
_NO_ENTRY = frozenset({3, 10, 102, 190, *range(200, 300)})


class AfterPaginator(JSONResponseCursorPaginator):
    """Goes on after the page's cursor; the last page has one too, but no ``next``.

    ``next`` itself is not followed: it is an address that contains the token.
    """

    def __init__(self) -> None:
        super().__init__(cursor_path="paging.cursors.after", cursor_param="after")

    def update_state(
        self, response: requests.Response, data: list[Any] | None = None
    ) -> None:
        """Take the cursor of the next page from an answer, if there is one."""
        super().update_state(response, data)
        if not (response.json().get("paging") or {}).get("next"):
            self._has_next_page = False


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the ad account in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A load stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "meta_ads")
    period = day_reports.period_of(section, META_RESTATED_DAYS)
    client = client_of(section)

    def fetch(first: date, last: date) -> Iterator[list[Document]]:
        for page in pages(client, section, _parameters(first, last)):
            yield [_flattened(found) for found in page]

    def read(state: State) -> Iterator[list[Document]]:
        return day_reports.changed_days(state, period, "date_start", fetch)

    @dlt.source(name="meta_ads", max_table_nesting=0)
    def meta_ads() -> Any:
        rows = resource(AD_DAYS, read, rows_per_load)
        return rows.apply_hints(merge_key="date_start")

    return meta_ads()


def client_of(section: Mapping[str, Any]) -> RESTClient:
    """Return a client of the Graph API with the token of the settings."""
    return rest.new_client(
        {
            "base_url": str(section.get("url") or META_ADS.url_default),
            "auth": {"type": "bearer", "token": section["access_token"]},
        }
    )


def pages(
    client: RESTClient, section: Mapping[str, Any], parameters: dict[str, str]
) -> Iterator[PageData[Any]]:
    """Yield the pages of the insights of the account of the settings."""
    account = str(section["account_id"]).removeprefix("act_")
    insights: Endpoint = {
        "path": f"{VERSION}/act_{account}/insights",
        "params": {**parameters},
        "paginator": AfterPaginator(),
        "data_selector": "data",
        "response_actions": [_state_true_status],
    }
    return rest.pages(client, insights)


def _parameters(first: date, last: date) -> dict[str, str]:
    fields = [name for name in AD_DAYS.columns if name not in _MADE_HERE]
    return {
        "level": "ad",
        "time_increment": "1",
        "time_range": json.dumps({"since": str(first), "until": str(last)}),
        "fields": ",".join(fields),
        "limit": str(PAGE_ROWS),
    }


def _flattened(found: Document) -> Document:
    """Return an answer's row with its purchases as numbers."""
    row = dict(found)
    for name in _WHOLE:  # numbers come as text; what is zero is left out
        row[name] = row.get(name) or 0
    row["spend"] = row.get("spend") or 0
    for name, given in (("purchases", "actions"), ("purchases_value", "action_values")):
        row[name] = _purchases_of(row.get(given) or [])
    row["ad_day_id"] = f"{row.get('ad_id')}~{row.get('date_start')}"
    return row


def _purchases_of(actions: Any) -> Any:
    """Return the purchases; Meta names the same ones again under other types."""
    listed = actions if isinstance(actions, list) else []
    by_type = {str(one.get("action_type")): one.get("value") for one in listed}
    found = by_type.get("omni_purchase") or by_type.get("purchase") or 0
    return to_cents(found)


def _state_true_status(response: requests.Response) -> None:
    if 400 <= response.status_code < 500:
        code = _error_code(response)
        if code in _BUSY:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        elif code in _NO_ENTRY:
            response.status_code = HTTPStatus.UNAUTHORIZED


def _error_code(response: requests.Response) -> int:
    try:
        return int(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return 0
