"""From a probability to a word that a person can act on.

Bands compare a customer's odds with the base rate, the odds of the average customer in
the rows that the model learned from, so that they mean the same where one in twenty
leaves and where one in two does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MEDIUM_FROM_ODDS_RATIO = 1.0
HIGH_FROM_ODDS_RATIO = 2.5


@dataclass(frozen=True, slots=True)
class Bands:
    """Where medium and high begin.

    Attributes:
        medium_from: Lowest probability of the band medium.
        high_from: Lowest probability of the band high: likely to churn.
    """

    medium_from: float
    high_from: float

    def names(self, probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
        """Return low, medium or high for each probability."""
        middle = np.where(probabilities >= self.medium_from, "medium", "low")
        return np.where(probabilities >= self.high_from, "high", middle).astype(object)


def bands_around(base_rate: float) -> Bands:
    """Return the bands for a churn rate between 0 and 1."""
    odds = base_rate / (1 - base_rate)

    def probability(ratio: float) -> float:
        return odds * ratio / (1 + odds * ratio)

    return Bands(probability(MEDIUM_FROM_ODDS_RATIO), probability(HIGH_FROM_ODDS_RATIO))
