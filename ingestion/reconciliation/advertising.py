"""What the advertising platforms answer for a month as a whole.

They are asked for totals of campaigns or of the account, which no row of the warehouse
was made from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import google_ads, meta_ads
from ingestion.sources.rest import section_of_kind

DAYS = 30
_GOOGLE_METRICS = {
    "cost_micros": "costMicros",
    "clicks": "clicks",
    "impressions": "impressions",
}


def of_google_ads(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield cost, clicks and impressions of the campaigns with ads, over 30 days."""
    section = section_of_kind(settings, "google_ads")
    first, last = _period()
    query = (
        "SELECT campaign.id, metrics.cost_micros, metrics.clicks,"  # noqa: S608 - our own days
        " metrics.impressions FROM campaign"
        f" WHERE segments.date BETWEEN '{first}' AND '{last}'"
        " AND campaign.advertising_channel_type != 'PERFORMANCE_MAX'"
    )
    pages = google_ads.pages(google_ads.client_of(section), section, query)
    metrics = [found.get("metrics", {}) for page in pages for found in page]
    for column, name in _GOOGLE_METRICS.items():
        total = Decimal(sum(int(one.get(name) or 0) for one in metrics))
        yield _figure(column, total, "date", (first, last))


def of_meta_ads(settings: Settings, _name: str) -> Iterator[Figure]:
    """Yield spend, clicks on links and impressions of the account, over 30 days."""
    section = section_of_kind(settings, "meta_ads")
    first, last = _period()
    columns = ("spend", "inline_link_clicks", "impressions")
    parameters = {
        "level": "account",
        "time_range": json.dumps({"since": str(first), "until": str(last)}),
        "fields": ",".join(columns),
    }
    pages = meta_ads.pages(meta_ads.client_of(section), section, parameters)
    found = [row for page in pages for row in page]
    for column in columns:
        total = sum((Decimal(str(row.get(column) or 0)) for row in found), Decimal(0))
        yield _figure(column, total, "date_start", (first, last))


def _period() -> tuple[date, date]:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return yesterday - timedelta(days=DAYS - 1), yesterday


def _figure(column: str, total: Decimal, day: str, period: tuple[date, date]) -> Figure:
    first, last = period
    return Figure(
        "ad_days",
        f"sum of {column}",
        f"{first} to {last}",
        total,
        f"coalesce(sum({column}), 0)",
        f"\"{day}\" between date '{first}' and date '{last}'",
    )
