"""The keys of the online store."""

from __future__ import annotations

EVERYBODY = "*"
"""Stands for visitors whom nothing is known about."""


def profile_key(customer_id: str) -> str:
    """Return where a customer's profile is."""
    return f"profile:{customer_id}"


def recommendations_key(customer_id: str) -> str:
    """Return where a customer's recommendations are, or the popular ones."""
    return f"recommendations:{customer_id}"


def identity_key(identifier_type: str, value: str) -> str:
    """Return where the customer of an identifier is named."""
    return f"identity:{identifier_type}:{value}"


def session_key(anonymous_id: str) -> str:
    """Return where the session of a device is."""
    return f"session:{anonymous_id}"


def features_key(view: str, customer_id: str) -> str:
    """Return where a customer's values of a feature view are, such as ``churn``."""
    return f"features:{view}:{customer_id}"
