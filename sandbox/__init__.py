"""A simulated company with known truth, for the demo and the tests only."""
