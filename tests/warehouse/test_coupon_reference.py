"""Coupon use by age on a real grocery's year, beside a count by hand (G-8)."""

from __future__ import annotations

import duckdb
import pytest

from tests.warehouse.raw_warehouse import PROJECT, Warehouse

pytestmark = pytest.mark.slow

FOLDER = PROJECT.parent / "shared" / "data" / "complete_journey"
BASKETS = f"{FOLDER}/transactions_sample.parquet"
HOUSEHOLDS = f"{FOLDER}/demographics.parquet"
UPSTREAM = """
    create schema if not exists marts;
    create table marts.order_margins as
    select
        basket_id as order_id, household_id as customer_id, 'USD' as currency_code,
        sum(coupon_disc) > 0 as has_coupon,
        cast(sum(sales_value) as decimal(18, 2)) as order_amount,
        cast(sum(coupon_disc) as decimal(18, 2)) as discount_amount,
        false as has_known_cost, null::decimal(18, 2) as sold_amount,
        null::decimal(18, 2) as margin_amount
    from '{baskets}' group by basket_id, household_id;
    create table marts.customers as
    select
        household_id as customer_id, cast(left(age, 2) as integer) as age_years,
        'US' as country_code, 'retail' as customer_type
    from '{households}';
"""
BANDS = {
    "19-24": "under 25",
    "25-34": "25 to 34",
    "35-44": "35 to 44",
    "45-54": "45 to 54",
    "55-64": "55 to 64",
    "65+": "65 and over",
    None: "unknown",
}


def count_by_hand() -> dict[tuple[str, bool], tuple[int, int, float]]:
    """Return baskets, households and money by age and coupon, line by line."""
    lines = duckdb.execute(
        f"select basket_id, household_id, coupon_disc, sales_value from '{BASKETS}'"  # noqa: S608
    ).fetchall()
    ages = dict(
        duckdb.execute(f"select household_id, age from '{HOUSEHOLDS}'").fetchall()  # noqa: S608
    )
    baskets: dict[tuple[str, str], list[float]] = {}
    for basket, household, coupon, sales in lines:
        sums = baskets.setdefault((basket, household), [0.0, 0.0])
        sums[0] += coupon
        sums[1] += sales
    found: dict[tuple[str, bool], tuple[int, set[str], float]] = {}
    for (_, household), (coupon, sales) in baskets.items():
        key = (BANDS[ages.get(household)], coupon > 0)
        count, households, money = found.get(key, (0, set(), 0.0))
        found[key] = (count + 1, households | {household}, money + sales)
    return {key: (count, len(who), money) for key, (count, who, money) in found.items()}


def test_coupon_use_by_age_is_what_a_count_by_hand_says(warehouse: Warehouse) -> None:
    if not FOLDER.exists():
        pytest.skip("the public data (../shared/data/complete_journey) is absent")
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(UPSTREAM.format(baskets=BASKETS, households=HOUSEHOLDS))
    warehouse.dbt("run", "--select", "coupon_usage_by_segment")
    rows = warehouse.rows(
        "select segment_name, has_coupon, order_count, customer_count, order_amount,"
        " order_share from marts.coupon_usage_by_segment"
        " where segment_type = 'age_band'"
    )
    by_hand = count_by_hand()
    assert len(by_hand) == 2 * len(BANDS)
    for name, used, *figures in rows:
        count, who, money = by_hand[name, used]
        share = count / (by_hand[name, True][0] + by_hand[name, False][0])
        # the mart rounds each basket to the cent, and there are thousands
        assert [float(one) for one in figures] == [
            count,
            who,
            pytest.approx(money, rel=1e-5),
            pytest.approx(share),
        ]
    assert len(rows) == len(by_hand)
    shares = {name: share for name, used, *_, share in rows if used}
    assert 0 < min(shares.values()) < max(shares.values()) < 1
