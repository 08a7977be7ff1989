"""The three candidates: the guide's rule, a logistic regression, boosted trees.

Each gives a probability. A model earns its place by beating the simpler one (ML-2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cdp.errors import Misconfigured
from ml.training_set import FEATURES

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RULE_PURCHASES = "purchase_count"
RULE_CONTACTS = "support_ticket_count"
RULE_PURCHASES_BELOW = 3
CALIBRATION_ROWS_PER_CLASS = 30


class Model(Protocol):
    """What gives probabilities for features."""

    def probabilities(self, features: pd.DataFrame) -> Floats:
        """Return the probability of churn of each row."""


class Rule:
    """Fewer than three purchases and contact with support (ML-6).

    Each of the two groups gets the share of it that churned in the past.
    """

    def __init__(self, seed: int = 0) -> None:
        del seed  # nothing is left to chance
        self._rates = (0.0, 0.0)

    def fit(self, features: pd.DataFrame, labels: Flags) -> Self:
        """Learn the two shares."""
        flagged = self.flags(features)
        stays = (labels[~flagged].sum() + 1) / ((~flagged).sum() + 2)
        leaves = (labels[flagged].sum() + 1) / (flagged.sum() + 2)
        # the rule says that the flagged are worse off, whatever a small sample says
        self._rates = (float(stays), float(max(leaves, stays + 1e-6)))
        return self

    def probabilities(self, features: pd.DataFrame) -> Floats:
        """Return the share of the row's group."""
        return np.where(self.flags(features), self._rates[1], self._rates[0])

    @staticmethod
    def flags(features: pd.DataFrame) -> Flags:
        """Return whom the rule calls likely to churn.

        Raises:
            Misconfigured: A column of the rule is missing.
        """
        for name in (RULE_PURCHASES, RULE_CONTACTS):
            if name not in features.columns:
                raise Misconfigured(
                    f"there is no column {name}",
                    place=FEATURES,
                    fix="The rule that models are compared with (ML-6) needs it",
                )
        few = features[RULE_PURCHASES].fillna(0) < RULE_PURCHASES_BELOW
        contacted = features[RULE_CONTACTS].fillna(0) > 0
        return np.asarray(few & contacted, dtype=np.bool_)


class Logistic:
    """A logistic regression on imputed and scaled features."""

    def __init__(self, seed: int = 0) -> None:
        self._pipeline = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True),
            StandardScaler(),
            LogisticRegression(C=0.1, max_iter=2000, random_state=seed),
        )

    def fit(self, features: pd.DataFrame, labels: Flags) -> Self:
        """Fit."""
        self._names = told(features)
        self._pipeline.fit(features[self._names].to_numpy(), labels)
        return self

    def probabilities(self, features: pd.DataFrame) -> Floats:
        """Return the probability of churn of each row."""
        values = features[self._names].to_numpy()
        return np.asarray(self._pipeline.predict_proba(values)[:, 1])


class GradientBoosting:
    """Small boosted trees, held back so that a few hundred rows do not fool them.

    One thread: on a machine that has other work, threads that wait for each other made
    a fit of 20,000 rows take 5 seconds instead of 0.3.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def fit(self, features: pd.DataFrame, labels: Flags) -> Self:
        """Fit; missing values go where they fit best."""
        trees = HistGradientBoostingClassifier(
            learning_rate=0.04,
            max_iter=120,
            max_leaf_nodes=6,
            min_samples_leaf=max(10, min(100, len(labels) // 50)),
            l2_regularization=5.0,
            max_features=0.5,
            early_stopping=False,  # its random hold-out would mix months
            random_state=self._seed,
        )
        self._names = told(features)
        with threadpool_limits(limits=1):
            self._trees = trees.fit(features[self._names].to_numpy(), labels)
        return self

    def probabilities(self, features: pd.DataFrame) -> Floats:
        """Return the probability of churn of each row."""
        values = features[self._names].to_numpy()
        with threadpool_limits(limits=1):
            return np.asarray(self._trees.predict_proba(values)[:, 1])


CANDIDATES: Mapping[str, Callable[[int], Any]] = {
    "gradient_boosting": GradientBoosting,
    "logistic": Logistic,
    "rule": Rule,
}


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A model whose probabilities were set right on months that it had not seen.

    Attributes:
        model: Gives the order.
        slope: Factor on the log-odds; positive, so that the order stays.
        intercept: Added to the log-odds.
    """

    model: Model
    slope: float = 1.0
    intercept: float = 0.0

    def probabilities(self, features: pd.DataFrame) -> Floats:
        """Return the probability of churn of each row."""
        odds = self.slope * log_odds(self.model.probabilities(features))
        return np.asarray(1 / (1 + np.exp(-(odds + self.intercept))))


def calibrate(model: Model, guesses: Floats, labels: Flags) -> Calibrated:
    """Set a model's probabilities right by Platt's method.

    Args:
        model: The model to correct.
        guesses: What models of its kind said about months that they had not seen.
        labels: What happened in those months.

    Returns:
        The model as it is where either class has fewer than
        ``CALIBRATION_ROWS_PER_CLASS`` rows, or where the order would turn round.
    """
    if min(labels.sum(), (~labels).sum()) < CALIBRATION_ROWS_PER_CLASS:
        return Calibrated(model)
    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(
        log_odds(guesses).reshape(-1, 1), labels
    )
    slope = float(fitted.coef_[0, 0])
    if slope <= 0:
        return Calibrated(model)
    return Calibrated(model, slope, float(fitted.intercept_[0]))


def told(features: pd.DataFrame) -> list[str]:
    """Return the columns that have any value; the others say nothing."""
    return [name for name in features.columns if features[name].notna().any()]


def log_odds(probabilities: Floats) -> Floats:
    """Return the logarithms of the odds, finite for 0 and 1 too."""
    within = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(within / (1 - within)))
