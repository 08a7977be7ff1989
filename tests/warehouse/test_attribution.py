"""Channels by the rules that ship; credit follows an identity that is found late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
BUILT = (
    *("build", "--resource-type", "model", "--resource-type", "seed"),
    *("--select", "+attribution_credits", "+sessions"),
)
# What a visit shows, and the channel that it is.
VISITS: tuple[tuple[dict[str, str], str, str], ...] = (
    ({}, "", "direct"),
    ({}, "https://www.google.co.uk/", "organic_search"),
    ({}, "https://www.bing.com/search?q=a", "organic_search"),
    ({}, "https://out.reddit.com/t3", "organic_social"),
    ({}, "https://t.co/abc", "organic_social"),
    ({}, "https://not-t.co/abc", "referral"),
    ({}, "https://notgoogle.com/", "referral"),
    ({}, "https://shop.example/cart", "direct"),
    ({"utm_source": "google", "utm_medium": "cpc"}, "", "paid_search"),
    ({"utm_source": "Facebook", "utm_medium": "CPC"}, "", "paid_social"),
    ({"utm_source": "facebook", "utm_medium": "paid_social"}, "", "paid_social"),
    ({"utm_source": "facebook", "utm_medium": "social"}, "", "organic_social"),
    ({"utm_source": "klaviyo", "utm_medium": "email"}, "", "email"),
    ({"utm_medium": "affiliate"}, "https://dealsite.example/", "affiliate"),
    ({"utm_campaign": "x", "utm_source": "flyer"}, "", "other_campaign"),
    ({"gclid": "Cj0K"}, "https://www.google.com/", "paid_search"),
    ({"fbclid": "Iw"}, "https://l.facebook.com/", "organic_social"),
)


def page(number: int, words: dict[str, str], referrer: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in words.items())
    url = f"https://shop.example/p?{query}"
    return {
        "message_id": f"visit{number}",
        "type": "page",
        "anonymous_id": f"stranger{number}",
        "at": START,
        "context": {"page": {"path": "/p", "url": url, "referrer": referrer}},
    }


def story() -> list[dict[str, Any]]:
    """A stranger comes twice through ads; a login orders from a server."""
    bought = {"order_id": "o1", "total": 10.01, "currency": "USD"}
    ad = {"utm_source": "google", "utm_medium": "cpc", "utm_content": "ad7"}
    first = page(100, ad | {"utm_campaign": "gifts"}, "") | {"anonymous_id": "d1"}
    second = page(101, ad | {"utm_campaign": "brand"}, "") | {"anonymous_id": "d1"}
    return [
        first,
        second | {"at": START + timedelta(days=2)},
        {
            "message_id": "order",
            "event": "order_completed",
            "user_id": "u1",
            "at": START + timedelta(days=3),
            "properties": bought,
        },
    ]


def credited(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select channel, campaign_name, ad_id, credit_share, credited_amount"
        " from marts.attribution_credits"
        " where conversion_id = 'order_o1' and attribution_model = 'linear'"
        " order by touched_at"
    )


def test_channels_follow_the_rules_and_credit_follows_the_person(
    warehouse: Warehouse,
) -> None:
    visits = [page(number, *seen[:2]) for number, seen in enumerate(VISITS)]
    warehouse.land([*visits, *story()], START + timedelta(days=7))
    warehouse.dbt(*BUILT)
    channels = dict(warehouse.rows("select anonymous_id, channel from marts.sessions"))
    for number, (words, referrer, channel) in enumerate(VISITS):
        assert channels[f"stranger{number}"] == channel, (words, referrer)
    assert [row[0] for row in credited(warehouse)] == ["unknown"]

    login = {"message_id": "login", "type": "identify", "anonymous_id": "d1"}
    late = login | {"user_id": "u1", "at": START + timedelta(minutes=5)}
    warehouse.land([late], START + timedelta(days=8))
    warehouse.dbt(*BUILT)
    half, cent = pytest.approx(0.5), 0.01
    rows = credited(warehouse)
    assert [row[:3] for row in rows] == [
        ("paid_search", "gifts", "ad7"),
        ("paid_search", "brand", "ad7"),
    ]
    assert [float(row[3]) for row in rows] == [half, half]
    assert sorted(float(row[4]) for row in rows) == [5.0, pytest.approx(5 + cent)]
