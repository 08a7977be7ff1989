"""The marketing channel of a visit, named the same in every tool (enrich)."""

from __future__ import annotations

from typing import Any

_BY_MEDIUM = {
    "cpc": "paid search",
    "ppc": "paid search",
    "paid_social": "paid social",
    "social": "organic social",
    "email": "email",
    "affiliate": "affiliate",
    "referral": "referral",
    "organic": "organic search",
}


def transform(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event with ``properties.marketing_channel`` where there is a visit."""
    context = event.get("context") or {}
    campaign = context.get("campaign") or {}
    medium = str(campaign.get("medium") or "").lower()
    if not medium and not (context.get("page") or {}).get("url"):
        return event
    channel = _BY_MEDIUM.get(medium, "other") if medium else "direct"
    properties = {**(event.get("properties") or {}), "marketing_channel": channel}
    return {**event, "properties": properties}
