"""What the advertising platforms report: cost, clicks, impressions and orders by day.

A platform counts more clicks than the shop sees visits: of the clicks that led to the
shop or were meant to, a share closes the page before it has loaded. And each platform
claims every order that followed a click on one of its ads within its own window, on the
day of the click, whoever else claims it and whether or not the click was needed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sandbox.company.advertising import ADS, GOOGLE, META, Ad, AdClick
from sandbox.company.chance import DAY_SECONDS, stream
from sandbox.company.journal import Document
from sandbox.company.season import Season, utc
from sandbox.company.shoppers import Placed

LOST_SHARE = 0.15
"""For 100 visits that the shop sees, so many more clicks are counted and paid for."""
CLAIM_DAYS = {GOOGLE: 30, META: 7}
CUSTOMER_ID, ACCOUNT_ID = "1234567890", "880012345678"


@dataclass(frozen=True, slots=True)
class Claim:
    """An order that a platform counts as its own, for the click that it counts."""

    click: AdClick
    order_cents: int


def claims_of(
    clicks: Sequence[AdClick], placed: Iterable[Placed], end: float
) -> list[Claim]:
    """Return what the platforms claim of one person's orders."""
    claims = []
    for order in (one.order for one in placed if one.order.ordered_at < end):
        for platform, days in CLAIM_DAYS.items():
            since = order.ordered_at - days * DAY_SECONDS
            before = [
                click
                for click in clicks
                if click.ad.platform == platform
                and since <= click.at <= order.ordered_at
            ]
            if before:
                claims.append(Claim(before[-1], order.total_cents))
    return claims


@dataclass(frozen=True, slots=True)
class AdDay:
    """What one ad did on one day."""

    ad: Ad
    day: date
    clicks: int
    impressions: int
    cost_cents: int
    claims: int
    claimed_cents: int


@dataclass(slots=True)
class AdTally:
    """Counts the clicks and claims of all lives, in constant memory."""

    _clicks: Counter[tuple[str, date]] = field(default_factory=Counter)
    _claims: Counter[tuple[str, date]] = field(default_factory=Counter)
    _cents: Counter[tuple[str, date]] = field(default_factory=Counter)

    def count(self, clicks: Iterable[AdClick], claims: Iterable[Claim]) -> None:
        """Add one life's clicks and what the platforms claim of its orders."""
        self._clicks.update(_place(click) for click in clicks)
        for claim in claims:
            self._claims[_place(claim.click)] += 1
            self._cents[_place(claim.click)] += claim.order_cents

    def documents(self, seed: int, season: Season) -> Iterator[Document]:
        """Yield the platforms' rows, one for each ad and day on which it was shown."""
        days = list(self._days(seed, season))
        budgets = _budgets(days)
        for one in days:
            if one.ad.platform == GOOGLE:
                budget = budgets[one.ad.campaign_id, one.day.replace(day=1)]
                body = _google_row(one, budget)
            else:
                body = _meta_row(one)
            tool = "google_ads" if one.ad.platform == GOOGLE else "meta"
            yield Document(tool, "ad_days", f"{one.ad.ad_id}|{one.day}", body)

    def _days(self, seed: int, season: Season) -> Iterator[AdDay]:
        day, end = utc(season.start).date(), utc(season.end).date()
        while day < end:
            for ad in ADS:
                place = (ad.ad_id, day)
                if day.month in ad.months or place in self._clicks:
                    yield self._day(seed, ad, day)
            day += timedelta(days=1)

    def _day(self, seed: int, ad: Ad, day: date) -> AdDay:
        chance = stream(seed, "ad day", ad.ad_id, day)
        place = (ad.ad_id, day)
        visits = self._clicks[place]
        clicks = visits + sum(chance.random() < LOST_SHARE for _ in range(visits))
        shown = (
            (clicks + chance.random() / 4) / ad.click_rate * chance.uniform(0.8, 1.25)
        )
        return AdDay(
            ad=ad,
            day=day,
            clicks=clicks,
            impressions=max(clicks, math.ceil(shown)),
            cost_cents=round(clicks * ad.cost_cents * chance.uniform(0.85, 1.2)),
            claims=self._claims[place],
            claimed_cents=self._cents[place],
        )


def _place(click: AdClick) -> tuple[str, date]:
    return click.ad.ad_id, utc(click.at).date()


def _budgets(days: Iterable[AdDay]) -> dict[tuple[str, date], int]:
    """Return each campaign's daily budget by month, in dollars: never overspent."""
    spent: Counter[tuple[str, date]] = Counter()
    for one in days:
        spent[one.ad.campaign_id, one.day] += one.cost_cents
    budgets: dict[tuple[str, date], int] = defaultdict(lambda: 1)
    for (campaign_id, day), cents in spent.items():
        month = (campaign_id, day.replace(day=1))
        budgets[month] = max(budgets[month], math.ceil(cents / 100))
    return budgets


def _google_row(one: AdDay, budget: int) -> dict[str, Any]:
    ad, customer = one.ad, f"customers/{CUSTOMER_ID}"
    group = {"id": f"{ad.campaign_id}0", "name": f"{ad.campaign_name} words"}
    campaign = {"id": ad.campaign_id, "name": ad.campaign_name, "status": "ENABLED"}
    campaign["resourceName"] = f"{customer}/campaigns/{ad.campaign_id}"
    campaign["advertisingChannelType"] = "SEARCH"
    return {
        "customer": {"id": CUSTOMER_ID, "currencyCode": "USD"},
        "campaign": campaign,
        "campaignBudget": {"amountMicros": str(budget * 1_000_000)},
        "adGroup": group,
        "adGroupAd": {
            "resourceName": f"{customer}/adGroupAds/{group['id']}~{ad.ad_id}",
            "status": "ENABLED",
            "ad": {"id": ad.ad_id, "name": ad.ad_name},
        },
        "segments": {"date": one.day.isoformat()},
        "metrics": {
            "costMicros": str(one.cost_cents * 10_000),
            "clicks": str(one.clicks),
            "impressions": str(one.impressions),
            "conversions": float(one.claims),
            "conversionsValue": one.claimed_cents / 100,
        },
    }


def _meta_row(one: AdDay) -> dict[str, Any]:
    ad, day = one.ad, one.day.isoformat()
    row: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "account_currency": "USD",
        "campaign_id": ad.campaign_id,
        "campaign_name": ad.campaign_name,
        "adset_id": f"{ad.campaign_id}0",
        "adset_name": f"{ad.campaign_name}, all ages",
        "ad_id": ad.ad_id,
        "ad_name": ad.ad_name,
        "spend": f"{one.cost_cents / 100:.2f}",
        "impressions": str(one.impressions),
        "clicks": str(one.clicks + one.clicks // 4),  # on the page's name too
        "inline_link_clicks": str(one.clicks),
        "date_start": day,
        "date_stop": day,
    }
    if one.claims:
        row["actions"] = _actions(str(one.claims))
        row["action_values"] = _actions(f"{one.claimed_cents / 100:.2f}")
    return row


def _actions(value: str) -> list[dict[str, str]]:
    """Return the same purchases under each type that Meta gives them."""
    types = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
    return [{"action_type": name, "value": value} for name in types]
