"""Google Ads as a dlt source: cost, clicks and conversions by day and ad, by GAQL.

Conversions are counted on the day of the click, for up to 90 days after it, and clicks
found to be invalid are taken back. So the last 30 days are asked for again every time.

Sources: https://developers.google.com/google-ads/api/rest/common/search and
https://developers.google.com/google-ads/api/fields/latest/ad_group_ad
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.rest_api.typing import Endpoint

from cdp.settings import Settings
from ingestion.sources import day_reports, rest
from ingestion.sources.advertising_kinds import (
    GOOGLE_ADS,
    GOOGLE_RESTATED_DAYS,
    TOKEN_URL,
)
from ingestion.sources.contract import to_cents
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    Table,
    columns,
    resource,
)

VERSION = "v26"
AD_DAYS = Table(
    "ad_days",
    key="ad_day_id",
    columns=columns(
        text="ad_day_id customer_id currency_code campaign_id campaign_name"
        " campaign_type ad_group_id ad_group_name ad_id ad_name ad_status",
        bigint="cost_micros clicks impressions",
        decimal="conversions conversions_value",
        date="date",
    ),
)
# what is asked for, by the column that it becomes
_FIELDS = {
    "customer_id": "customer.id",
    "currency_code": "customer.currency_code",
    "campaign_id": "campaign.id",
    "campaign_name": "campaign.name",
    "campaign_type": "campaign.advertising_channel_type",
    "ad_group_id": "ad_group.id",
    "ad_group_name": "ad_group.name",
    "ad_id": "ad_group_ad.ad.id",
    "ad_name": "ad_group_ad.ad.name",
    "ad_status": "ad_group_ad.status",
    "date": "segments.date",
    "cost_micros": "metrics.cost_micros",
    "clicks": "metrics.clicks",
    "impressions": "metrics.impressions",
    "conversions": "metrics.conversions",
    "conversions_value": "metrics.conversions_value",
}
_WHOLE = ("cost_micros", "clicks", "impressions")


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the account in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A load stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "google_ads")
    period = day_reports.period_of(section, GOOGLE_RESTATED_DAYS)
    client = client_of(section)

    def fetch(first: date, last: date) -> Iterator[list[Document]]:
        for page in pages(client, section, _query(first, last)):
            yield [_flattened(found) for found in page]

    def read(state: State) -> Iterator[list[Document]]:
        return day_reports.changed_days(state, period, "date", fetch)

    @dlt.source(name="google_ads", max_table_nesting=0)
    def google_ads() -> Any:
        rows = resource(AD_DAYS, read, rows_per_load)
        return rows.apply_hints(merge_key="date")

    return google_ads()


def client_of(section: Mapping[str, Any]) -> RESTClient:
    """Return a client that is signed in with the refresh token of the settings."""
    grant = {"grant_type": "refresh_token", "refresh_token": section["refresh_token"]}
    headers = {"developer-token": str(section["developer_token"])}
    if manager := section.get("login_customer_id"):
        headers["login-customer-id"] = str(manager).replace("-", "")
    return rest.new_client(
        {
            "base_url": str(section.get("url") or GOOGLE_ADS.url_default),
            "headers": headers,
            "auth": {
                "type": "oauth2_client_credentials",
                "access_token_url": str(section.get("token_url") or TOKEN_URL),
                "client_id": section["client_id"],
                "client_secret": section["client_secret"],
                "access_token_request_data": grant,
            },
        }
    )


def pages(
    client: RESTClient, section: Mapping[str, Any], query: str
) -> Iterator[PageData[Any]]:
    """Yield the pages that a query finds in the account of the settings."""
    customer = str(section["customer_id"]).replace("-", "")
    found: Endpoint = {
        "path": f"{VERSION}/customers/{customer}/googleAds:search",
        "method": "POST",
        "json": {"query": query},
        "paginator": {
            "type": "cursor",
            "cursor_path": "nextPageToken",
            "cursor_body_path": "pageToken",
        },
        "data_selector": "results",
    }
    return rest.pages(client, found, has="")  # a list that is empty is left out


def _query(first: date, last: date) -> str:
    fields = ", ".join(_FIELDS.values())
    return (
        f"SELECT {fields} FROM ad_group_ad"  # noqa: S608 - composed of our own names
        f" WHERE segments.date BETWEEN '{first}' AND '{last}'"
        " ORDER BY segments.date, ad_group_ad.ad.id"
    )


def _flattened(found: Document) -> Document:
    """Return a row of an answer, whose names are in camel case, as one of the table."""
    row = {column: _value_at(found, path) for column, path in _FIELDS.items()}
    for name in _WHOLE:  # 64-bit numbers come as text, and a zero may be left out
        row[name] = row[name] or 0
    for name in ("conversions", "conversions_value"):
        row[name] = to_cents(row[name] or 0)
    row["ad_day_id"] = f"{row['ad_group_id']}~{row['ad_id']}~{row['date']}"
    return row


def _value_at(found: Any, path: str) -> Any:
    for name in path.split("."):
        first, *others = name.split("_")
        inner = found if isinstance(found, dict) else {}
        found = inner.get(first + "".join(part.title() for part in others))
    return found
