"""Nothing of our own staff and test orders in a tool's numbers (drop)."""

from __future__ import annotations

from typing import Any

INTERNAL_DOMAINS = ("@example.test", "@headwater.example")
_TEST_COUPON = "INTERNAL"


def transform(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event; None where a colleague or a test made it."""
    traits = event.get("traits") or (event.get("context") or {}).get("traits") or {}
    email = str(traits.get("email") or "").lower()
    coupon = (event.get("properties") or {}).get("coupon_code")
    if email.endswith(INTERNAL_DOMAINS) or coupon == _TEST_COUPON:
        return None
    return event
