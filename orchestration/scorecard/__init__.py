"""The executive scorecard, for a terminal and as a page."""
