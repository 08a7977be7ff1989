"""The guard against features that already know the answer (ML-11, ML-12).

A column that says whether the subscription is active equals the label: the model
looks perfect on paper and is worthless the day it is used. Two checks, since neither
is enough: names that say the outcome, and any single column that tells it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from cdp.errors import Rejected
from ml.training_set import FEATURES

SINGLE_FEATURE_AUC_LIMIT = 0.97
# With fewer rows of either class, a harmless column can tell them apart by chance.
ROWS_PER_CLASS_NEEDED = 20
ROWS_LOOKED_AT = 50_000

# Words of which a name consists; a word ends at an underscore.
_FORBIDDEN = re.compile(
    r"(?:^|_)(?:"
    r"status|state|label|outcome|ended|inactive|"
    r"(?:is|has|was)_active|"
    r"(?:cancel|churn|unsubscri|terminat|laps|expir)[a-z]*"
    r")(?=_|$)"
)


def forbidden_names(names: Iterable[str]) -> list[str]:
    """Return the names that say the outcome, or its state at the end."""
    return [name for name in names if _FORBIDDEN.search(name.lower())]


def refuse_forbidden_names(names: Iterable[str]) -> None:
    """Refuse features whose names say the outcome.

    Raises:
        Rejected: There is one; all of them are named.
    """
    if found := forbidden_names(names):
        raise _leak(found, "by its name")


def refuse_telling_features(
    features: pd.DataFrame, labels: npt.NDArray[np.bool_]
) -> None:
    """Refuse features of which one alone nearly determines the label.

    Says nothing where a class has fewer than ``ROWS_PER_CLASS_NEEDED`` rows.

    Args:
        features: Columns of any type; missing values count as a value.
        labels: The answer, one for each row.

    Raises:
        Rejected: There is one; all of them are named.
    """
    fewest = min(int(labels.sum()), int((~labels).sum()))
    if fewest < ROWS_PER_CLASS_NEEDED:
        return
    step = max(1, len(labels) // ROWS_LOOKED_AT)
    sample, answers = features.iloc[::step], labels[::step]
    found = [
        str(name)
        for name in features.columns
        if separation(sample[name], answers) > SINGLE_FEATURE_AUC_LIMIT
    ]
    if found:
        raise _leak(found, f"alone with an AUC above {SINGLE_FEATURE_AUC_LIMIT}")


def separation(values: pd.Series, labels: npt.NDArray[np.bool_]) -> float:
    """Return how well one column tells the label: the AUC of a small tree.

    The tree finds what a plain AUC misses (codes in no order, a gap in the middle), and
    is judged on the half that it has not seen.
    """
    column = _coded(values).reshape(-1, 1)
    guesses = np.zeros(len(labels))
    halves = StratifiedKFold(n_splits=2, shuffle=True, random_state=0)
    for seen, unseen in halves.split(column, labels):
        tree = DecisionTreeClassifier(
            max_leaf_nodes=16, min_samples_leaf=5, random_state=0
        ).fit(column[seen], labels[seen])
        guesses[unseen] = tree.predict_proba(column[unseen])[:, 1]
    return float(roc_auc_score(labels, guesses))


def _coded(values: pd.Series) -> npt.NDArray[np.float64]:
    if pd.api.types.is_numeric_dtype(values) and values.dtype != bool:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, _ = pd.factorize(values.astype("string"), sort=True)
    return np.asarray(codes, dtype=np.float64)


def _leak(names: list[str], how: str) -> Rejected:
    return Rejected(
        f"{', '.join(names)} tells the answer {how}",
        place=FEATURES,
        fix="Remove it, or compute it from what was known before snapshot_at (ML-12)",
    )
