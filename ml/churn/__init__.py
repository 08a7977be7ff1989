"""Who is likely to leave: trained on the past, judged on a held-out future."""

from ml.churn.report import ChurnEvaluation
from ml.churn.scoring import score
from ml.churn.training import train

__all__ = ["ChurnEvaluation", "score", "train"]
