"""Advertising: the campaigns, their ads, and which ad a visit comes from.

A click on an ad is the start of a visit. The link carries the campaign and the ad in
the words that analytics tools read (utm_campaign, utm_content) and the platform's own
click id. What a click truly causes differs by campaign: who looks for the brand would
mostly have come anyway, so the brand's campaign looks better than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sandbox.company.chance import token
from sandbox.company.season import utc

GOOGLE, META = "google_ads", "meta_ads"
CHANNELS = {GOOGLE: "paid_search", META: "paid_social"}
CLICK_ID_NAMES = {GOOGLE: "gclid", META: "fbclid"}
ALL_YEAR = frozenset(range(1, 13))


@dataclass(frozen=True, slots=True)
class Ad:
    """One ad of one campaign.

    Attributes:
        platform: ``google_ads`` or ``meta_ads``.
        campaign_id: The platform's id of the campaign.
        campaign_name: What links say as utm_campaign.
        ad_id: The platform's id of the ad; what links say as utm_content.
        ad_name: What it is called there.
        months: In which months it is shown.
        share: How much of its channel's clicks it gets, beside the others shown then.
        cost_cents: What a click costs, on average.
        click_rate: Clicks by impression.
        effect: How much more often than on average in its channel a click causes an
            order that would not have been.
    """

    platform: str
    campaign_id: str
    campaign_name: str
    ad_id: str
    ad_name: str
    months: frozenset[int]
    share: float
    cost_cents: float
    click_rate: float
    effect: float


@dataclass(frozen=True, slots=True)
class AdClick:
    """A click on an ad, which is the start of a visit."""

    ad: Ad
    at: float
    click_id: str

    @property
    def campaign(self) -> tuple[tuple[str, str], ...]:
        """The words in the link, as SDKs send them in ``context.campaign``."""
        source = "google" if self.ad.platform == GOOGLE else "facebook"
        medium = "cpc" if self.ad.platform == GOOGLE else "paid_social"
        return (
            ("source", source),
            ("medium", medium),
            ("name", self.ad.campaign_name),
            ("content", self.ad.ad_id),
        )

    @property
    def parameter(self) -> str:
        """The platform's own parameter in the link."""
        return f"{CLICK_ID_NAMES[self.ad.platform]}={self.click_id}"


@dataclass(frozen=True, slots=True)
class _Campaign:
    platform: str
    name: str
    ads: tuple[tuple[str, frozenset[int], float], ...]
    cost_cents: float
    click_rate: float
    effect: float


_CAMPAIGNS = (
    _Campaign(
        GOOGLE, "brand",
        (("Official shop", ALL_YEAR, 2.0), ("Free delivery", ALL_YEAR, 1.0)),
        cost_cents=32, click_rate=0.14, effect=0.3,
    ),
    _Campaign(
        GOOGLE, "gifts",
        (
            ("Gifts they keep", ALL_YEAR, 1.0),
            ("Gifts under 50", frozenset(range(1, 10)), 1.0),
            ("Last-minute gifts", frozenset({10, 11, 12}), 2.0),
        ),
        cost_cents=78, click_rate=0.05, effect=1.5,
    ),
    _Campaign(
        GOOGLE, "kitchen",
        (("Cook at home", ALL_YEAR, 1.0), ("Kitchen basics", ALL_YEAR, 1.0)),
        cost_cents=64, click_rate=0.04, effect=1.2,
    ),
    _Campaign(
        META, "prospects",
        (
            ("Table in autumn light", frozenset(range(7, 13)), 3.0),
            ("Garden breakfast", frozenset(range(1, 7)), 3.0),
            ("Unboxing", ALL_YEAR, 3.0),
        ),
        cost_cents=55, click_rate=0.012, effect=1.25,
    ),
    _Campaign(
        META, "retargeting",
        (("You left something", ALL_YEAR, 1.0), ("Ten per cent off", ALL_YEAR, 1.0)),
        cost_cents=90, click_rate=0.02, effect=0.25,
    ),
)  # fmt: skip


def _made(number: int, campaign: _Campaign) -> list[Ad]:
    first = 21_000_000_000 if campaign.platform == GOOGLE else 120_210_000_000_000_000
    return [
        Ad(
            platform=campaign.platform,
            campaign_id=str(first + 100 * number),
            campaign_name=campaign.name,
            ad_id=str(first + 100 * number + place),
            ad_name=ad_name,
            months=months,
            share=share,
            cost_cents=campaign.cost_cents,
            click_rate=campaign.click_rate,
            effect=campaign.effect,
        )
        for place, (ad_name, months, share) in enumerate(campaign.ads, start=1)
    ]


ADS = tuple(
    ad
    for number, campaign in enumerate(_CAMPAIGNS, start=1)
    for ad in _made(number, campaign)
)
"""Every ad there ever is, whoever the company's people are."""


def ads_shown(channel: str, campaign_name: str | None, at: float) -> list[Ad]:
    """Return the ads of a channel, and of a campaign where given, at a moment."""
    month = utc(at).month
    return [
        ad
        for ad in ADS
        if CHANNELS[ad.platform] == channel
        and campaign_name in {None, ad.campaign_name}
        and month in ad.months
    ]


def click_ad(chance: Random, shown: Sequence[Ad], at: float, *key: object) -> AdClick:
    """Click on one of the ads that are shown; ``key`` makes the click's own id."""
    ad = chance.choices(shown, weights=[ad.share for ad in shown])[0]
    prefix = "Cj0KCQ" if ad.platform == GOOGLE else "IwAR"
    return AdClick(ad, at, prefix + token(40, *key, "ad click", at))
