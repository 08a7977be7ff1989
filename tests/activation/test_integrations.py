from __future__ import annotations

from typing import Any

import pytest

from activation.integrations import is_wanted


@pytest.mark.parametrize(
    ("integrations", "name", "kind", "expected"),
    [
        (None, "ga", "google_analytics", True),
        ({}, "ga", "google_analytics", True),
        ({"All": False}, "ga", "google_analytics", False),
        ({"Google Analytics 4": False}, "ga", "google_analytics", False),
        ({"Google Analytics 4 (GA4)": False}, "ga", "google_analytics", False),
        ({"Google Analytics 4 Web": False}, "ga", "google_analytics", True),
        ({"All": False, "GA4": {"clientId": "1.2"}}, "ga", "google_analytics", True),
        ({"Customer.io": False}, "crm", "customerio", False),
        ({"Customer.io (Actions)": False}, "crm", "customerio", False),
        ({"All": False, "Customer.io": True}, "crm", "customerio", True),
        ({"Actions Amplitude": False}, "product", "amplitude", False),
        ({"Braze Cloud Mode (Actions)": False}, "push", "braze", False),
        ({"Facebook Conversions API": False}, "ads", "meta", False),
        ({"Facebook Pixel": False}, "ads", "meta", True),
        ({"Google Ads (gtag)": False}, "ads", "google_ads", True),
        ({"S3": False}, "lake", "object_storage", False),
        ({"HubSpot": False}, "crm", "hubspot", False),
        ({"HubSpot": False}, "crm", "salesforce", True),
        # one of two of a kind, by its own name
        ({"Webhook": False, "loyalty": True}, "loyalty", "webhook", True),
        ({"Webhook": False, "loyalty": True}, "stock", "webhook", False),
        ({"My Loyalty": False}, "my_loyalty", "webhook", False),
        ("nonsense", "ga", "google_analytics", True),
    ],
)
def test_a_sender_switches_tools_by_their_usual_names(
    integrations: Any, name: str, kind: str, expected: bool
) -> None:
    assert is_wanted({"integrations": integrations}, name, kind) is expected
