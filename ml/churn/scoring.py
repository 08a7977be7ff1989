"""Scores for the customers of today, written in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml import predictions
from ml.churn.bands import Bands
from ml.churn.models import Calibrated
from ml.churn.report import ChurnEvaluation
from ml.model_store import load_model
from ml.training_set import FEATURES, TrainingSet, read_training_set

MODEL = "churn"


@dataclass(frozen=True, slots=True)
class Scorer:
    """What is stored to score with.

    Attributes:
        version: The version that predictions carry.
        model: Gives probabilities.
        features: The columns it was fitted on, in order.
        bands: From probabilities to words.
    """

    version: str
    model: Calibrated
    features: tuple[str, ...]
    bands: Bands

    def scores(self, table: TrainingSet, scored_at: datetime) -> pd.DataFrame:
        """Return the rows of predictions.churn for the newest snapshot.

        Customers whose outcome is known already are not scored.

        Raises:
            Misconfigured: The features are not those that the model was fitted on.
        """
        _check_features(tuple(table.features.columns), self.features)
        newest = newest_unknown(table)
        probabilities = (
            self.model.probabilities(newest.features[list(self.features)])
            if len(newest)
            else np.zeros(0)
        )
        bands = self.bands.names(probabilities)
        return pd.DataFrame(
            {
                "customer_id": newest.customer_ids,
                "churn_probability": probabilities,
                "churn_band": bands,
                "likelihood_to_churn": bands == "high",
                "model_version": self.version,
                "scored_at": scored_at.replace(tzinfo=None),
            }
        )


def score(settings: Settings) -> int:
    """Score the newest snapshot with the stored model; train nothing.

    Returns:
        The number of customers scored; with none, the table stays as it was.

    Raises:
        Rejected: A feature is no number.
        Misconfigured: The marts or a model are missing, or the features are not those
            that the model was fitted on.
        Unavailable: The writing turn did not come in time.
    """
    scorer: Scorer = load_model(settings, MODEL).model
    table = read_training_set(settings).as_numbers()
    now = datetime.now(UTC)
    scores = scorer.scores(table, now)
    write_scores(settings, scores, None, now)
    return len(scores)


def newest_unknown(table: TrainingSet) -> TrainingSet:
    """Return the rows of the newest snapshot whose outcome is not known yet."""
    if not len(table):
        return table
    is_newest = table.snapshots == table.snapshots.max()
    return table.where(np.asarray(is_newest & ~table.is_known))


def write_scores(
    settings: Settings,
    scores: pd.DataFrame,
    evaluation: ChurnEvaluation | None,
    now: datetime,
) -> None:
    """Write scores and evaluation in one transaction.

    Args:
        settings: The workspace.
        scores: All rows of predictions.churn; where it has none, the table stays.
        evaluation: Its rows replace those of the same version; None writes none.
        now: The moment that the evaluation carries, UTC.
    """
    with open_warehouse(settings, "write churn scores") as connection:
        predictions.create_tables(connection)
        with predictions.transaction(connection):
            if len(scores):
                predictions.replace_rows(connection, "churn", scores)
            if evaluation is not None:
                predictions.replace_version(
                    connection,
                    "churn_evaluations",
                    evaluation.model_version,
                    evaluation.rows(now.replace(tzinfo=None)),
                )


def _check_features(found: tuple[str, ...], expected: tuple[str, ...]) -> None:
    if missing := sorted(set(expected) - set(found)):
        raise Misconfigured(
            f"the stored model needs columns that are gone: {', '.join(missing)}",
            place=FEATURES,
            fix="Train it anew: `python -m ml.churn`",
        )
