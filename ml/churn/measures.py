"""How good probabilities are, in four figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score


@dataclass(frozen=True, slots=True)
class Measures:
    """What a model achieved on rows that it had not seen.

    Attributes:
        auc: Chance that someone who churned has a higher score than someone who
            stayed; .5 is guessing.
        auc_error: Standard error of ``auc`` (Hanley and McNeil).
        average_precision: Area under precision and recall; guessing gives the churn
            rate.
        brier_score: Mean squared error of the probabilities; lower is better.
        top_decile_lift: Churn rate in the tenth with the highest scores, over that of
            all.
        row_count: Rows judged.
        churned_count: Rows among them that churned.
    """

    auc: float
    auc_error: float
    average_precision: float
    brier_score: float
    top_decile_lift: float
    row_count: int
    churned_count: int


def measure(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.float64]
) -> Measures:
    """Compare probabilities with what happened; both classes must occur."""
    auc = float(roc_auc_score(labels, probabilities))
    churned = int(labels.sum())
    return Measures(
        auc=auc,
        auc_error=_auc_error(auc, churned, len(labels) - churned),
        average_precision=float(average_precision_score(labels, probabilities)),
        brier_score=float(brier_score_loss(labels, probabilities)),
        top_decile_lift=_top_decile_lift(labels, probabilities),
        row_count=len(labels),
        churned_count=churned,
    )


def _auc_error(auc: float, churned: int, stayed: int) -> float:
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc)
    variance += (churned - 1) * (one - auc**2) + (stayed - 1) * (two - auc**2)
    return math.sqrt(max(0.0, variance) / (churned * stayed))


def _top_decile_lift(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.float64]
) -> float:
    """Count those who share the last score in the tenth by their mean, not by luck."""
    count = math.ceil(len(labels) / 10)
    limit = np.sort(probabilities)[::-1][count - 1]
    above, level = probabilities > limit, probabilities == limit
    found = labels[above].sum() + (count - above.sum()) * labels[level].mean()
    return float(found / count / labels.mean())
