"""The candidates against each other, on months that they have not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.churn.measures import Measures, measure
from ml.churn.models import CANDIDATES, Calibrated, Flags, Floats, calibrate
from ml.churn.split import TimeSplit


@dataclass(frozen=True, slots=True)
class Guesses:
    """What models said about months that they had not seen, and what happened.

    Attributes:
        by_model: Probabilities by the name of the candidate.
        labels: Whether each row churned.
    """

    by_model: Mapping[str, Floats]
    labels: Flags

    def measures(self) -> dict[str, Measures]:
        """Return how good each model was."""
        return {
            name: measure(self.labels, said) for name, said in self.by_model.items()
        }

    def table(self, split: TimeSplit) -> pd.DataFrame:
        """Return a row for each of the future's rows, with a column per model."""
        keys = {
            "customer_id": split.future.customer_ids,
            "snapshot_at": split.future.snapshots,
            "is_churned": self.labels,
        }
        return pd.DataFrame({**keys, **self.by_model})


def rehearse(splits: Sequence[TimeSplit], seed: int) -> Guesses:
    """Fit every candidate on the past of each split; let it guess the future."""
    said = {
        name: np.concatenate(
            [
                new(seed)
                .fit(split.past.features, split.past.labels)
                .probabilities(split.future.features)
                for split in splits
            ]
        )
        for name, new in CANDIDATES.items()
    }
    return Guesses(said, np.concatenate([split.future.labels for split in splits]))


def select(guesses: Guesses) -> str:
    """Return the name of the model with the best AUC; of equal ones, the simplest."""
    aucs = {name: round(one.auc, 6) for name, one in guesses.measures().items()}
    simplest_first = list(CANDIDATES)[::-1]
    return max(simplest_first, key=lambda name: aucs[name])


def judge(split: TimeSplit, rehearsed: Guesses, seed: int) -> tuple[Guesses, Guesses]:
    """Fit every candidate on the past and let it guess the held-out future.

    Args:
        split: The past and the future.
        rehearsed: Guesses within the past, which set the probabilities right.
        seed: Of what is left to chance.

    Returns:
        What is judged, and the same as the models said it before calibration.
    """
    raw: dict[str, Floats] = {}
    right: dict[str, Floats] = {}
    for name in CANDIDATES:
        fitted = _fit(name, split, rehearsed, seed)
        raw[name] = fitted.model.probabilities(split.future.features)
        right[name] = fitted.probabilities(split.future.features)
    return Guesses(right, split.future.labels), Guesses(raw, split.future.labels)


def together(first: Guesses, second: Guesses) -> Guesses:
    """Return the guesses of both."""
    said = {
        name: np.concatenate([first.by_model[name], second.by_model[name]])
        for name in first.by_model
    }
    return Guesses(said, np.concatenate([first.labels, second.labels]))


def fit_on_all(
    name: str, known: tuple[pd.DataFrame, Flags], unseen: Guesses, seed: int
) -> Calibrated:
    """Fit one candidate on all known rows and set its probabilities right.

    Args:
        name: The candidate.
        known: Features and labels.
        unseen: Guesses about months that its kind had not seen.
        seed: Of what is left to chance.
    """
    model = CANDIDATES[name](seed).fit(*known)
    return calibrate(model, unseen.by_model[name], unseen.labels)


def _fit(name: str, split: TimeSplit, rehearsed: Guesses, seed: int) -> Calibrated:
    known = (split.past.features, split.past.labels)
    return fit_on_all(name, known, rehearsed, seed)
