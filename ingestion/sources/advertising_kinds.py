"""What the advertising platforms take in ``headwater.yml`` as sources."""

from __future__ import annotations

from cdp.workspace_forms import ADDRESS, DAY
from cdp.workspace_schema import Kind, Setting

FIRST_LOAD_DAYS = 730
GOOGLE_RESTATED_DAYS = 30
META_RESTATED_DAYS = 28
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

_FIRST_DAY = Setting(
    "first_day",
    f"The first load begins here; {FIRST_LOAD_DAYS} days ago without it.",
    is_required=False,
    form=DAY,
)


def _restated_days(usual: int) -> Setting:
    return Setting(
        "restated_days",
        "How many days back the platform may still change its figures.",
        kind="number",
        default=usual,
    )


GOOGLE_ADS = Kind(
    "google_ads",
    "Cost, clicks, impressions and conversions of Google Ads, by day and ad.",
    (
        Setting("customer_id", "The account, with or without dashes."),
        Setting("login_customer_id", "Its manager account.", is_required=False),
        Setting("developer_token", "The API's token.", is_secret=True),
        Setting("client_id", "OAuth client."),
        Setting("client_secret", "Its secret.", is_secret=True),
        Setting("refresh_token", "Of a user who may read.", is_secret=True),
        Setting(
            "token_url", "Where tokens are given out.", default=TOKEN_URL, form=ADDRESS
        ),
        _FIRST_DAY,
        _restated_days(GOOGLE_RESTATED_DAYS),
    ),
    purpose="advertising",
    url_default="https://googleads.googleapis.com",
)
META_ADS = Kind(
    "meta_ads",
    "Spend, clicks, impressions and purchases of Meta's advertising, by day and ad.",
    (
        Setting("account_id", "The ad account, with or without act_."),
        Setting(
            "access_token",
            "Token of a system user that has ads_read.",
            is_secret=True,
        ),
        _FIRST_DAY,
        _restated_days(META_RESTATED_DAYS),
    ),
    purpose="advertising",
    url_default="https://graph.facebook.com",
)
