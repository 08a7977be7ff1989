"""Would the recommendations have been right? The last tenth of the pairs tells.

A table of pairs knows only when each was last touched, so a pair whose last moment is
after the cut is held out whole: what is judged is finding products that are new to the
customer. Both the recommender and the baseline learn from what was before the cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.recommendations.interactions import Interactions, Matrix
from ml.recommendations.ranking import (
    RECOMMENDED_PRODUCTS,
    Recommender,
    best,
    blocks,
    learn,
    popular_only,
)

HELD_OUT_SHARE = 0.1
CUSTOMERS_JUDGED_AT_MOST = 20_000


@dataclass(frozen=True, slots=True)
class RankingMeasures:
    """How much of what customers went on to choose was among the first ten.

    Attributes:
        recall: Share of the chosen products that was recommended (of ten at most).
        ndcg: The same, where an earlier place counts more; 1 is perfect.
        customer_count: Customers judged.
    """

    recall: float
    ndcg: float
    customer_count: int


def evaluate(known: Interactions) -> dict[str, RankingMeasures]:
    """Judge the recommender and popularity on the last tenth of the pairs.

    Returns:
        By name; empty where nobody has pairs on both sides of the cut.
    """
    if not len(known):
        return {}
    cut = np.quantile(known.day, 1 - HELD_OUT_SHARE)
    earlier, later = known.where(known.day < cut), known.where(known.day >= cut)
    if later.purchases.any():
        later = later.where(later.purchases > 0)
    judged = np.intersect1d(earlier.customer, later.customer)
    if not len(judged):
        return {}
    judged = judged[:: max(1, len(judged) // CUSTOMERS_JUDGED_AT_MOST)]
    recommender = learn(earlier)
    interest = earlier.matrix(earlier.interest())[judged]
    chosen = later.matrix(np.ones(len(later)))[judged]
    return {
        name: measure(model, interest, chosen, only_new=True)
        for name, model in (
            ("similarity", recommender),
            ("popularity", popular_only(recommender)),
        )
    }


def measure(
    model: Recommender, interest: Matrix, chosen: Matrix, *, only_new: bool
) -> RankingMeasures:
    """Compare the first ten with what was chosen.

    Args:
        model: Gives scores.
        interest: Customers x products, what was known.
        chosen: The same customers and products, positive where chosen afterwards;
            every customer chose something.
        only_new: Leave out what was known already, on both sides.
    """
    recalls, gains = [], []
    for block in blocks(interest):
        scores, wanted = model.scores(interest[block]), chosen[block].toarray() > 0
        if only_new:
            seen = interest[block].toarray() > 0
            scores[seen], wanted[seen] = -np.inf, False
        places, _ = best(scores)
        hits = np.take_along_axis(wanted, places, axis=1)
        counts = np.minimum(wanted.sum(axis=1), RECOMMENDED_PRODUCTS)
        judged = counts > 0
        recalls.append((hits.sum(axis=1)[judged]) / counts[judged])
        gains.append(_ndcg(hits[judged], counts[judged]))
    recall, gain = np.concatenate(recalls), np.concatenate(gains)
    if not len(recall):
        return RankingMeasures(0.0, 0.0, 0)
    return RankingMeasures(float(recall.mean()), float(gain.mean()), len(recall))


def _ndcg(
    hits: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    discounts = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discounts)[np.minimum(counts, hits.shape[1]) - 1]
    return np.asarray((hits * discounts).sum(axis=1) / ideal)
