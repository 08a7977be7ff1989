"""Which channels earn the credit, learned from paths with and without a conversion."""

from ml.attribution.learning import Learned, learn

__all__ = ["Learned", "learn"]
