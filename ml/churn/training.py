"""Train, judge on the held-out future, store, score.

The order keeps the judgement honest: the model is chosen in rehearsals inside the past,
each candidate is fitted on the past and judged once on the future, and only then is the
chosen one fitted again on everything known, to score the customers of today.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn

from cdp.errors import Unavailable
from cdp.settings import Settings
from ml.churn.bands import bands_around
from ml.churn.contest import Guesses, fit_on_all, judge, rehearse, select, together
from ml.churn.leakage import refuse_forbidden_names, refuse_telling_features
from ml.churn.report import ChurnEvaluation
from ml.churn.scoring import MODEL, Scorer, write_scores
from ml.churn.split import TimeSplit, rehearsals, split_by_time
from ml.model_store import save_model
from ml.training_set import TrainingSet, read_training_set

_log = logging.getLogger(__name__)


def train(settings: Settings, *, seed: int = 0) -> ChurnEvaluation:
    """Train and judge the churn models, store the best, score the newest snapshot.

    Equal data and seed give equal scores. The writing turn is held while reading and
    while writing, not while training.

    Returns:
        The evaluation. Too little history is no failure: the status says so, and every
        table stays as it was.

    Raises:
        Rejected: A feature knows the answer, or is no number.
        Misconfigured: The marts have not been built.
        Unavailable: The writing turn did not come in time.
    """
    table = read_training_set(settings)
    refuse_forbidden_names(table.features.columns)
    table = table.as_numbers()
    known = table.where(table.is_known)
    try:
        split = split_by_time(known)
        earlier = rehearsals(split.past)
    except Unavailable as shortage:
        _log.warning("churn is not scored: %s", shortage)
        return ChurnEvaluation("too_little_data", reason=str(shortage))
    refuse_telling_features(split.past.features, split.past.labels)
    return _train(settings, table, split, earlier, seed)


def _train(
    settings: Settings,
    table: TrainingSet,
    split: TimeSplit,
    earlier: list[TimeSplit],
    seed: int,
) -> ChurnEvaluation:
    rehearsed = rehearse(earlier, seed)
    selected = select(rehearsed)
    judged, raw = judge(split, rehearsed, seed)
    known = table.where(table.is_known)
    scorer = Scorer(
        _version(table, seed),
        fit_on_all(
            selected, (known.features, known.labels), together(rehearsed, raw), seed
        ),
        tuple(table.features.columns),
        bands_around(float(known.labels.mean())),
    )
    now = datetime.now(UTC)
    scores = scorer.scores(table, now)
    evaluation = _evaluation(split, judged, scorer.version, selected, scores)
    noted = _metadata(table, scorer, evaluation, seed)
    tables = {"held_out": judged.table(split)}
    save_model(settings, MODEL, scorer.version, scorer, noted, tables)
    write_scores(settings, scores, evaluation, now)
    return evaluation


def _evaluation(
    split: TimeSplit, judged: Guesses, version: str, selected: str, scores: pd.DataFrame
) -> ChurnEvaluation:
    return ChurnEvaluation(
        "scored" if len(scores) else "nothing_to_score",
        reason="" if len(scores) else "the newest snapshot has nobody to score",
        model_version=version,
        selected=selected,
        measures=judged.measures(),
        trained_until=_moment(split.past.horizon_ends.max()),
        evaluated_from=_moment(split.future.snapshots.min()),
        evaluated_until=_moment(split.future.horizon_ends.max()),
        scored_count=len(scores),
        likely_count=int(scores["likelihood_to_churn"].sum()),
    )


def _version(table: TrainingSet, seed: int) -> str:
    """Return a name that changes with the data, the seed and this package's code."""
    digest = hashlib.sha256(f"{table.fingerprint()}/{seed}".encode())
    digest.update(sklearn.__version__.encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    day = _moment(table.snapshots.max()).strftime("%Y%m%d")
    return f"churn-{day}-{digest.hexdigest()[:8]}"


def _metadata(
    table: TrainingSet, scorer: Scorer, evaluation: ChurnEvaluation, seed: int
) -> dict[str, Any]:
    return {
        **evaluation.metadata(),
        "data_hash": table.fingerprint(),
        "row_count": len(table),
        "known_count": int(table.is_known.sum()),
        "features": list(scorer.features),
        "bands": asdict(scorer.bands),
        "seed": seed,
        "scikit_learn": sklearn.__version__,
    }


def _moment(value: np.datetime64) -> datetime:
    moment = value.astype("datetime64[us]").item()
    assert isinstance(moment, datetime)  # noqa: S101 - microseconds give a datetime
    return moment
