"""The simulated shop has the moments of real ones, within stated bands."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import pytest

from sandbox.company.company import found_company
from sandbox.company.lives import Life, live_all

END = date(2027, 1, 1)  # so that the year holds a whole November
PEOPLE = range(1_200)


@dataclass
class Seen:
    orders: list[list[float]] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)
    revenue: list[float] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)
    months: Counter[int] = field(default_factory=Counter)
    clicks: list[list[tuple[float, str]]] = field(default_factory=list)
    hazards: list[tuple[float, bool]] = field(default_factory=list)
    high_value_count: int = 0

    def add(self, life: Life, end: float) -> None:
        bought, clicks, big = [], {}, 0
        revenue = 0.0
        for event in life.events:
            body = event.body
            if body["type"] in {"page", "screen"}:
                path = body["properties"].get("path") or body["name"]
                clicks.setdefault(body["anonymousId"], []).append((event.at, path))
            if body.get("event") != "order_completed":
                continue
            order = body["properties"]
            revenue += order["total"]
            big += order["total"] > 100
            if order["channel"] != "subscription":
                bought.append(event.at)
                self.amounts.append(order["total"])
                self.months[datetime.fromtimestamp(event.at, UTC).month] += 1
                self.units.update(line["product_id"] for line in order["products"])
        self.clicks.extend(clicks.values())
        if bought:
            self.orders.append(sorted(bought))
        if revenue:
            self.revenue.append(revenue)
        self.hazards.extend(
            (row["hazard"], row["is_cancelled"])
            for row in life.truth.get("hazards", [])
            if row["is_complete"]
        )
        weeks = {int((end - at) // 604_800) for one in clicks.values() for at, _ in one}
        born = life.truth["persons"][0]["birth_date"]
        is_young = 25 <= (END - born).days // 365.25 <= 45
        self.high_value_count += is_young and big >= 5 and set(range(12)) <= weeks

    def sessions(self) -> list[list[tuple[float, str]]]:
        found = []
        for clicks in self.clicks:
            last = -1e9
            for at, path in sorted(clicks):
                if at - last > 1_800:
                    found.append([])
                found[-1].append((at, path))
                last = at
        return found


@pytest.fixture(scope="module")
def seen() -> Seen:
    company = found_company(11, END, 365, 0.0)
    summary = Seen()
    for life in live_all(company, PEOPLE):
        summary.add(life, company.season.end)
    return summary


def gini(values) -> float:
    ordered = np.sort(np.array(values, dtype=float))
    count = len(ordered)
    ranks = 2 * np.arange(1, count + 1) - count - 1
    return float(ranks @ ordered / (count * ordered.sum()))


def test_orders_per_customer_have_a_heavy_tail(seen):
    counts = [len(one) for one in seen.orders]
    assert 4.5 <= np.mean(counts) <= 7.0
    assert 2 <= np.median(counts) <= 4
    assert 14 <= np.quantile(counts, 0.95) <= 24
    assert 0.22 <= np.mean(np.array(counts) == 1) <= 0.33


def test_gaps_between_orders_are_weeks_and_sometimes_months(seen):
    gaps = np.concatenate([np.diff(one) for one in seen.orders]) / 86_400
    assert 13 <= np.median(gaps) <= 28
    assert 60 <= np.quantile(gaps, 0.9) <= 140


def test_order_values_spread_as_in_a_real_shop(seen):
    assert 0.95 <= np.std(np.log(seen.amounts)) <= 1.2


def test_a_tenth_of_the_customers_brings_most_of_the_revenue(seen):
    assert 0.68 <= gini(seen.revenue) <= 0.79
    top = sorted(seen.revenue)[-len(seen.revenue) // 10 :]
    assert 0.57 <= sum(top) / sum(seen.revenue) <= 0.74


def test_some_products_sell_far_more_than_others(seen):
    assert 0.60 <= gini(list(seen.units.values())) <= 0.73


def test_november_is_the_peak(seen):
    mean = sum(seen.months.values()) / 12
    assert max(seen.months, key=lambda month: seen.months[month]) == 11
    assert 1.45 <= seen.months[11] / mean <= 2.3  # the shop also grows over the year


def test_visits_are_mostly_short_and_sometimes_long(seen):
    lengths = [len(one) for one in seen.sessions()]
    assert 3.5 <= np.mean(lengths) <= 4.7
    assert 3 <= np.median(lengths) <= 4
    assert 8 <= np.quantile(lengths, 0.95) <= 12


def test_clicks_follow_each_other_within_minutes(seen):
    gaps = [
        later[0] - earlier[0]
        for session in seen.sessions()
        for earlier, later in itertools.pairwise(session)
    ]
    assert 48 <= np.median(gaps) <= 70
    assert 240 <= np.quantile(gaps, 0.9) <= 330


def test_a_quarter_of_the_clicks_on_products_stay_on_the_product(seen):
    pairs = [
        (earlier[1], later[1])
        for session in seen.sessions()
        for earlier, later in itertools.pairwise(session)
        if earlier[1].startswith("/products/") and later[1].startswith("/products/")
    ]
    assert 0.18 <= np.mean([one == other for one, other in pairs]) <= 0.42


def test_the_true_hazards_sum_to_the_cancellations(seen):
    hazards = np.array([hazard for hazard, _ in seen.hazards])
    cancelled = sum(is_cancelled for _, is_cancelled in seen.hazards)
    spread = np.sqrt((hazards * (1 - hazards)).sum())
    assert len(hazards) > 1_000
    assert abs(cancelled - hazards.sum()) < 3.5 * spread
    assert 0.035 <= hazards.mean() <= 0.065


def test_the_best_possible_auc_of_churn_is_about_four_fifths(seen):
    hazards = np.sort([hazard for hazard, _ in seen.hazards])
    ranked = (hazards * np.cumsum(1 - hazards)).sum()
    assert 0.77 <= ranked / (hazards.sum() * (1 - hazards).sum()) <= 0.85


def test_there_are_high_value_customers_in_the_sense_of_the_guide(seen):
    assert seen.high_value_count >= 5
