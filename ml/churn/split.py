"""Past and future: which snapshots a model learns from and which it is judged on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cdp.errors import Unavailable
from ml.training_set import TrainingSet

HELD_OUT_SHARE = 0.25
HELD_OUT_SNAPSHOTS_AT_MOST = 3
REHEARSALS_AT_MOST = 3
TRAINING_ROWS_NEEDED = 50
ROWS_PER_CLASS_NEEDED = 5


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """Rows to learn from and rows from a later time to be judged on.

    Attributes:
        past: Rows whose horizon ended before the first snapshot of ``future``.
        future: Rows of the last snapshots whose label is known.
    """

    past: TrainingSet
    future: TrainingSet


def split_by_time(known: TrainingSet) -> TimeSplit:
    """Hold out the last known snapshots: a quarter of them, at most three.

    Args:
        known: Rows whose label is known.

    Raises:
        Unavailable: There is too little history to learn from or to be judged on.
    """
    snapshots = np.unique(known.snapshots)
    count = min(
        max(1, round(len(snapshots) * HELD_OUT_SHARE)), HELD_OUT_SNAPSHOTS_AT_MOST
    )
    if len(snapshots) <= count:
        raise _too_little(f"only {len(snapshots)} snapshots have a known outcome")
    split = split_at(known, snapshots[-count])
    if shortage := lack_of(split.past):
        raise _too_little(f"the months to learn from have {shortage}")
    if len(np.unique(split.future.labels)) < 2:
        raise _too_little(
            f"the held-out months have {split.future.positive_count} churned"
            f" of {len(split.future)} rows, so there is nothing to tell apart"
        )
    return split


def split_at(known: TrainingSet, moment: np.datetime64) -> TimeSplit:
    """Split at a snapshot; rows whose horizon reaches beyond it are in neither part."""
    return TimeSplit(
        known.where(known.horizon_ends <= moment),
        known.where(known.snapshots >= moment),
    )


def rehearsals(past: TrainingSet) -> list[TimeSplit]:
    """Return earlier splits inside the past: one snapshot each, judged by those before.

    Raises:
        Unavailable: No month of the past can be predicted from the months before it.
    """
    found = list(_rehearsals(past))
    churned = sum(split.future.positive_count for split in found)
    stayed = sum(len(split.future) for split in found) - churned
    if not (churned and stayed):
        raise _too_little(
            "no month of the past with churned customers can be predicted from earlier"
            " ones"
        )
    return found


def _rehearsals(past: TrainingSet) -> Iterator[TimeSplit]:
    for moment in np.unique(past.snapshots)[::-1][:REHEARSALS_AT_MOST]:
        split = split_at(past, moment)
        only = TimeSplit(split.past, past.where(past.snapshots == moment))
        if not lack_of(only.past):
            yield only


def lack_of(rows: TrainingSet) -> str:
    """Return what is missing to fit a model; empty where nothing is."""
    churned, stayed = rows.positive_count, len(rows) - rows.positive_count
    if len(rows) < TRAINING_ROWS_NEEDED:
        return f"{len(rows)} rows; {TRAINING_ROWS_NEEDED} are needed"
    if min(churned, stayed) < ROWS_PER_CLASS_NEEDED:
        return (
            f"{churned} churned and {stayed} stayed;"
            f" {ROWS_PER_CLASS_NEEDED} of each are needed"
        )
    return ""


def _too_little(message: str) -> Unavailable:
    return Unavailable(message, fix="Train again when more months have passed")
