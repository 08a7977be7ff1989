"""What a training came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from ml.churn.measures import Measures

Status = Literal["scored", "nothing_to_score", "too_little_data"]


@dataclass(frozen=True, slots=True)
class ChurnEvaluation:
    """How the models did on the held-out future, and what was written.

    Attributes:
        status: Whether customers were scored; where they were not, the tables of
            predictions are as they were.
        reason: Why nothing was scored; empty where something was.
        model_version: The version of the model that scored; empty without one.
        selected: The model that was best in rehearsals within the past.
        measures: By model, on the held-out months, for the model as it was fitted on
            the past alone.
        trained_until: End of the months learned from, UTC.
        evaluated_from: First held-out snapshot, UTC.
        evaluated_until: End of the held-out months, UTC.
        scored_count: Customers scored.
        likely_count: Those among them who are likely to churn.
    """

    status: Status
    reason: str = ""
    model_version: str = ""
    selected: str = ""
    measures: Mapping[str, Measures] = field(default_factory=dict)
    trained_until: datetime | None = None
    evaluated_from: datetime | None = None
    evaluated_until: datetime | None = None
    scored_count: int = 0
    likely_count: int = 0

    @property
    def summary(self) -> str:
        """One line for a person."""
        if not self.measures:
            return f"churn: not scored: {self.reason}"
        aucs = ", ".join(f"{n} {one.auc:.3f}" for n, one in self.measures.items())
        chosen = self.measures[self.selected]
        done = (
            f"{self.scored_count:,} customers scored, {self.likely_count:,} likely to"
            " churn"
            if self.status == "scored"
            else f"not scored: {self.reason}"
        )
        return (
            f"churn: {done}; used {self.selected}; AUC on {chosen.row_count:,} held-out"
            f" rows ({chosen.churned_count:,} churned): {aucs}"
            f" (standard error {chosen.auc_error:.3f})"
        )

    def rows(self, evaluated_at: datetime) -> pd.DataFrame:
        """Return the rows of predictions.churn_evaluations, one per model."""
        return pd.DataFrame(
            [
                {
                    "model_version": self.model_version,
                    "model_name": name,
                    **asdict(one),
                    "trained_until": self.trained_until,
                    "evaluated_until": self.evaluated_until,
                    "evaluated_at": evaluated_at,
                    "is_selected": name == self.selected,
                }
                for name, one in self.measures.items()
            ]
        )

    def metadata(self) -> dict[str, Any]:
        """Return what the model store notes about the evaluation, as JSON values."""
        return {
            "selected": self.selected,
            "metrics": {name: asdict(one) for name, one in self.measures.items()},
            "trained_until": str(self.trained_until),
            "evaluated_from": str(self.evaluated_from),
            "evaluated_until": str(self.evaluated_until),
        }
