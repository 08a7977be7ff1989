from datetime import date

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln

from sandbox.company.people import (
    DROPOUT_SHAPES,
    ORDER_RATE_PER_DAY,
    ORDER_RATE_SHAPE,
    make_person,
    plan_custom,
)
from sandbox.company.season import make_season

SEASON = make_season(date(2026, 11, 22), 730)
DAY = 86_400


def summarised() -> np.ndarray:
    """Return repeat orders, recency and age in operational days, one row a person."""
    rows = []
    for index in range(6_000):
        person = make_person(3, index, SEASON)
        if person.has_weekly_habit:
            continue
        ordered_at = plan_custom(person, 3, SEASON).ordered_at
        if ordered_at:
            days = np.interp(ordered_at, SEASON.boundaries, SEASON.operational) / DAY
            age = SEASON.operational_seconds / DAY - days[0]
            rows.append((len(days) - 1, max(days[-1] - days[0], 0.0), max(age, 0.1)))
    return np.array(rows)


def bg_nbd_cost(logs: np.ndarray, rows: np.ndarray) -> float:
    """Return minus the mean log-likelihood of BG/NBD (Fader, Hardie, Lee 2005)."""
    r, alpha, a, b = np.exp(logs)
    x, recency, age = rows.T
    start = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    start += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + age)
    gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
    gone -= (r + x) * np.log(alpha + recency)
    gone = np.where(x > 0, gone, -np.inf)
    return -float(np.mean(start + np.logaddexp(alive, gone)))


def test_bg_nbd_recovers_what_the_people_were_drawn_from():
    rows = summarised()
    fitted = minimize(bg_nbd_cost, np.zeros(4), (rows,), method="Nelder-Mead").x
    r, alpha, a, b = np.exp(fitted)
    assert r == pytest.approx(ORDER_RATE_SHAPE, rel=0.15)
    assert alpha == pytest.approx(1 / ORDER_RATE_PER_DAY, rel=0.15)
    drawn = DROPOUT_SHAPES[0] / sum(DROPOUT_SHAPES)
    assert a / (a + b) == pytest.approx(drawn, rel=0.15)


def test_some_people_come_every_week_and_some_only_look():
    people = [make_person(3, index, SEASON) for index in range(400)]
    assert {person.kind for person in people} == {"retail", "visitor", "wholesale"}
    habits = [person for person in people if person.has_weekly_habit]
    assert 20 <= len(habits) <= 60
    assert all(
        not person.orders_per_day for person in people if person.kind != "retail"
    )


def test_a_taste_is_a_distribution_over_the_categories():
    for index in range(50):
        weights = make_person(3, index, SEASON).category_weights
        assert sum(weights) == pytest.approx(1.0)
        assert min(weights) > 0
