from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdp.errors import Misconfigured
from ml.churn.bands import bands_around
from ml.churn.contest import Guesses, select
from ml.churn.measures import measure
from ml.churn.models import Rule, calibrate


def test_the_lift_of_a_perfect_order_is_the_most_that_a_tenth_allows() -> None:
    labels = np.arange(100) < 5
    found = measure(labels, np.linspace(1, 0, 100))
    assert found.auc == 1.0
    assert found.average_precision == 1.0
    assert found.top_decile_lift == pytest.approx(10.0)


def test_a_score_that_is_equal_for_all_lifts_nothing() -> None:
    labels = np.arange(100) < 5
    found = measure(labels, np.full(100, 0.05))
    assert found.auc == 0.5
    assert found.top_decile_lift == pytest.approx(1.0)
    assert found.brier_score == pytest.approx(0.05 * 0.95)


def test_more_rows_make_the_auc_more_certain() -> None:
    chance = np.random.default_rng(1)
    small, large = (
        measure(chance.random(size) < 0.1, chance.random(size))
        for size in (200, 20_000)
    )
    assert large.auc_error < small.auc_error / 5


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5, 0.9])
def test_bands_stand_around_any_churn_rate(rate: float) -> None:
    bands = bands_around(rate)
    assert bands.medium_from == pytest.approx(rate)
    assert rate < bands.high_from < 1
    low, medium, high = bands.names(
        np.array([rate * 0.99, rate * 1.001, bands.high_from])
    )
    assert (low, medium, high) == ("low", "medium", "high")


def test_of_two_equally_good_models_the_simpler_one_is_used() -> None:
    labels = np.array([False, True] * 50)
    good = labels * 0.5 + 0.1
    worse = np.where(np.arange(100) < 50, good, 0.3)
    assert (
        select(
            Guesses(
                {"gradient_boosting": good, "logistic": good, "rule": worse}, labels
            )
        )
        == "logistic"
    )


def test_the_guides_rule_is_few_purchases_and_contact_with_support() -> None:
    features = pd.DataFrame(
        {
            "purchase_count": [2, 2, 3, np.nan],
            "support_ticket_count": [1, 0, 5, 1],
        }
    )
    assert Rule.flags(features).tolist() == [True, False, False, True]
    with pytest.raises(Misconfigured, match="support_ticket_count"):
        Rule.flags(features.drop(columns="support_ticket_count"))


class Overconfident:
    """A model that doubles the log-odds that it should give."""

    def probabilities(self, features: pd.DataFrame) -> np.ndarray:
        odds = 2 * features["log_odds"].to_numpy() + 1
        return np.asarray(1 / (1 + np.exp(-odds)))


def test_calibration_undoes_overconfidence_and_keeps_the_order() -> None:
    chance = np.random.default_rng(5)
    features = pd.DataFrame({"log_odds": chance.normal(-2, 1, 20_000)})
    truth = 1 / (1 + np.exp(-features["log_odds"].to_numpy()))
    labels = chance.random(len(truth)) < truth
    model = Overconfident()
    said = model.probabilities(features)
    right = calibrate(model, said, labels).probabilities(features)
    assert np.abs(right - truth).max() < 0.05
    assert np.array_equal(np.argsort(said), np.argsort(right))


def test_few_churned_customers_leave_probabilities_as_they_are() -> None:
    features = pd.DataFrame({"log_odds": np.linspace(-3, 0, 50)})
    model = Overconfident()
    said = model.probabilities(features)
    kept = calibrate(model, said, np.arange(50) < 10)
    assert np.allclose(kept.probabilities(features), said)
