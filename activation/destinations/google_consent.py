"""What a person agreed to, as both of Google's tools ask for it.

Google keeps two answers: whether user data may go to advertising, and whether adverts
may follow from it. Which categories of the consent banner they are is a setting.
Source: https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.consent import ConsentRule
from cdp.workspace_schema import Setting

CONSENT_SETTING = Setting(
    "consent",
    "Which category of the consent banner each of Google's two answers is.",
    is_required=False,
    kind="object",
    keys=(
        Setting("ad_user_data", "Category for sending data.", is_required=False),
        Setting("ad_personalization", "Category for adverts.", is_required=False),
    ),
)
GRANTED, DENIED = "GRANTED", "DENIED"


def consent_of(
    event: Mapping[str, Any], categories: Mapping[str, Any]
) -> dict[str, str]:
    """Return ``GRANTED`` or ``DENIED`` by Google's field; nothing where it is unknown.

    Args:
        event: Read as the SDKs' consent plugins write it.
        categories: The banner's category by Google's field, in snake case.
    """
    found: dict[str, str] = {}
    for field, category in categories.items():
        wanted = frozenset({str(category).lower()})
        if not ConsentRule(wanted, delivers_unknown=False).missing(event):
            found[field] = GRANTED
        elif ConsentRule(wanted, delivers_unknown=True).missing(event):
            found[field] = DENIED
    return found
