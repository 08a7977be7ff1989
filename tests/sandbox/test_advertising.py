from collections import Counter, defaultdict
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.company.advertising import ADS, CHANNELS, GOOGLE, META
from sandbox.company.advertising_reports import AdTally
from sandbox.company.company import Company, found_company
from sandbox.company.lives import Life, live_all
from sandbox.company.season import utc

ADS_BY_ID = {ad.ad_id: ad for ad in ADS}


@pytest.fixture(scope="module")
def company() -> Company:
    return found_company(7, date(2026, 11, 22), 300, 0.0)


@pytest.fixture(scope="module")
def lives(company: Company) -> list[Life]:
    return list(live_all(company, range(150)))


@pytest.fixture(scope="module")
def reported(company: Company, lives: list[Life]) -> dict[tuple[str, str], dict]:
    """Clicks, cost and claims by ad and day, read from what the platforms answer."""
    tally = AdTally()
    for life in lives:
        tally.count(life.ad_clicks, life.ad_claims)
    return {
        figures["key"]: figures
        for figures in map(figures_of, tally.documents(company.seed, company.season))
    }


def figures_of(document) -> dict:
    body = document.body
    if document.tool == "google_ads":
        counts = body["metrics"]
        return {
            "key": (body["adGroupAd"]["ad"]["id"], body["segments"]["date"]),
            "clicks": int(counts["clicks"]),
            "impressions": int(counts["impressions"]),
            "cents": int(counts["costMicros"]) // 10_000,
            "claims": counts["conversions"],
            "budget_cents": int(body["campaignBudget"]["amountMicros"]) // 10_000,
        }
    claims = {one["action_type"]: one["value"] for one in body.get("actions", [])}
    return {
        "key": (body["ad_id"], body["date_start"]),
        "clicks": int(body["inline_link_clicks"]),
        "impressions": int(body["impressions"]),
        "cents": round(float(body["spend"]) * 100),
        "claims": float(claims.get("purchase", 0)),
        "budget_cents": None,
    }


def visits_seen(lives: list[Life]) -> Counter[tuple[str, str]]:
    """Visits by ad and day, as their events say; each click once."""
    seen: Counter[tuple[str, str]] = Counter()
    for life in lives:
        for event in life.events:
            content = event.body["context"].get("campaign", {}).get("content")
            if content and event.body["type"] in {"page", "screen"}:
                seen[content, str(utc(event.at).date())] += 1
    return seen


def test_a_click_on_an_ad_is_a_visit_that_says_which(lives):
    click_ids = set()
    for life in lives:
        for event in life.events:
            campaign = event.body["context"].get("campaign", {})
            if "content" not in campaign or event.body["type"] != "page":
                continue
            ad = ADS_BY_ID[campaign["content"]]
            query = parse_qs(urlsplit(event.body["properties"]["url"]).query)
            name = "gclid" if ad.platform == GOOGLE else "fbclid"
            assert campaign["name"] == ad.campaign_name
            assert query["utm_content"] == [ad.ad_id]
            assert query["utm_medium"] == [campaign["medium"]]
            assert query[name][0] not in click_ids
            assert utc(event.at).month in ad.months
            click_ids.update(query[name])
    assert len(click_ids) > 300


def test_platforms_count_every_visit_and_some_that_never_arrived(lives, reported):
    seen = visits_seen(lives)
    assert seen.keys() <= reported.keys()
    assert all(reported[key]["clicks"] >= count for key, count in seen.items())
    clicks = sum(one["clicks"] for one in reported.values())
    assert 1.08 < clicks / seen.total() < 1.24


def test_no_ad_is_cheaper_than_nothing_or_shown_less_than_clicked(reported):
    for one in reported.values():
        assert (one["cents"] > 0) == (one["clicks"] > 0)
        assert one["impressions"] >= max(one["clicks"], 1)


def test_a_campaign_keeps_within_its_budget(reported):
    spent: Counter[tuple[str, str]] = Counter()
    budgets = {}
    for (ad_id, day), one in reported.items():
        if one["budget_cents"] is not None:
            place = (ADS_BY_ID[ad_id].campaign_id, day)
            spent[place] += one["cents"]
            budgets[place] = one["budget_cents"]
    assert sum(spent.values()) > 0
    assert all(cents <= budgets[place] for place, cents in spent.items())


def test_the_truth_names_the_orders_that_an_ad_caused(lives):
    causes, effects = {}, {}
    for life in lives:
        causes |= {row["order_id"]: row for row in life.truth.get("order_causes", [])}
        effects |= {row["order_id"]: row for row in life.truth.get("ad_effects", [])}
    by_ads = {
        order_id
        for order_id, row in causes.items()
        if row["cause"] in CHANNELS.values()
    }
    assert by_ads
    assert by_ads == {key for key, row in effects.items() if row["is_caused"]}
    assert len(effects) > len(by_ads)  # others would have been placed anyway
    for order_id in by_ads:
        assert effects[order_id]["campaign_name"] == causes[order_id]["campaign_name"]


def test_platforms_claim_more_orders_than_their_ads_caused(lives, reported):
    caused = defaultdict(int)
    for life in lives:
        for row in life.truth.get("ad_effects", []):
            caused[row["platform"]] += row["is_caused"]
    for platform in (GOOGLE, META):
        claimed = sum(
            one["claims"]
            for (ad_id, _), one in reported.items()
            if ADS_BY_ID[ad_id].platform == platform
        )
        assert claimed > caused[platform]
