"""A busy day at the Starter stage: orders in by SDK, the same number in every tool."""
