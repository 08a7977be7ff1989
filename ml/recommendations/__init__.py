"""What to show whom: ten products for each customer, and ten for strangers (RT-7)."""

from ml.recommendations.batch import Recommended, recommend, write

__all__ = ["Recommended", "recommend", "write"]
