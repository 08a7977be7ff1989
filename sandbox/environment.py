"""The environment of the demo: where the stand-ins are, and what opens them."""

from __future__ import annotations

from pathlib import Path

WRITE_KEYS = {
    "web": "demo-web-key",
    "mobile": "demo-mobile-key",
    "server": "demo-server-key",
}


def demo_environment(tools_port: int) -> dict[str, str]:
    """Return the variables that ``headwater.yml`` asks for, for the stand-ins.

    Args:
        tools_port: Where ``python -m sandbox.tools`` answers on loopback.
    """
    tools = f"http://127.0.0.1:{tools_port}"
    return {
        "SANDBOX_TOOLS_PORT": str(tools_port),
        **{f"CDP_{name.upper()}_WRITE_KEY": key for name, key in WRITE_KEYS.items()},
        # The shop's second copies shall reach the warehouse, which counts them once.
        "CDP_COLLECTOR_DEDUP_HOURS": "0",
        "SALESFORCE_URL": f"{tools}/salesforce",
        "SALESFORCE_CLIENT_ID": "demo-client",
        "SALESFORCE_CLIENT_SECRET": "demo-secret",
        "STRIPE_URL": f"{tools}/stripe",
        "STRIPE_API_KEY": "sk_test_demo",
        "ZENDESK_URL": f"{tools}/zendesk",
        "ZENDESK_EMAIL": "demo@example.com",
        "ZENDESK_API_TOKEN": "demo-token",
        "SHOPIFY_URL": f"{tools}/shopify",
        "SHOPIFY_ACCESS_TOKEN": "shpat_demo",
        "KLAVIYO_URL": f"{tools}/klaviyo",
        "KLAVIYO_API_KEY": "pk_demo",
        "KLAVIYO_LIST_ID": "NewsL1",
        "HUBSPOT_URL": f"{tools}/hubspot",
        "HUBSPOT_TOKEN": "pat-demo",
        "MIXPANEL_URL": f"{tools}/mixpanel",
        "MIXPANEL_PROJECT_ID": "1",
        "MIXPANEL_SERVICE_ACCOUNT": "demo-account",
        "MIXPANEL_SERVICE_SECRET": "demo-secret",
        "GOOGLE_ANALYTICS_URL": f"{tools}/google_analytics",
        "GOOGLE_ANALYTICS_MEASUREMENT_ID": "G-DEMO",
        "GOOGLE_ANALYTICS_API_SECRET": "demo-secret",
        "GOOGLE_ADS_URL": f"{tools}/google_ads",
        "GOOGLE_ADS_TOKEN_URL": f"{tools}/google_ads/token",
        "GOOGLE_ADS_CUSTOMER_ID": "123-456-7890",
        "GOOGLE_ADS_DEVELOPER_TOKEN": "demo-developer",
        "GOOGLE_ADS_CLIENT_ID": "demo-client",
        "GOOGLE_ADS_CLIENT_SECRET": "demo-secret",
        "GOOGLE_ADS_REFRESH_TOKEN": "demo-refresh",
        "GOOGLE_ADS_CONVERSION_ACTION": "5001",
        "GOOGLE_ADS_USER_LIST_ID": "9001",
        "META_URL": f"{tools}/meta",
        "META_AD_ACCOUNT_ID": "act_880012345678",
        "META_PIXEL_ID": "1234567890",
        "META_ACCESS_TOKEN": "demo-token",
        "META_AUDIENCE_ID": "23840000000000001",
        "CDP_ONLINE_API_KEY": "demo-online-key",
        "CDP_TEAM_API_KEY": "demo-team-key",
    }


def write_environment_file(file: Path, environment: dict[str, str]) -> None:
    """Write the variables so that a shell can read them with ``source``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"export {name}='{value}'" for name, value in environment.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
