"""Reading the webhook sources of ``headwater.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.limits import Limits
from ingestion.webhooks.arrived import Arrived
from ingestion.webhooks.public_key import is_public_key
from ingestion.webhooks.signatures import (
    ALGORITHMS,
    declared_scheme,
    verify,
)
from ingestion.webhooks.source import (
    LISTS,
    MODULES,
    Translate,
    Verify,
    WebhookSource,
    verify_secret,
    verify_signature,
)
from ingestion.webhooks.vendors.generic import read_mapping


def open_webhooks(
    settings: Settings, plan: TrackingPlan, limits: Limits
) -> dict[str, WebhookSource]:
    """Return the workspace's webhook sources by name.

    Args:
        settings: The workspace.
        plan: What events are held against.
        limits: How large they may be.

    Raises:
        Misconfigured: One is not complete, or the variable of its secret is not set.
    """
    return {
        name: _open(settings, name, plan, limits)
        for name in settings.names("sources")
        if settings.document["sources"][name].get("kind") == "webhook"
    }


def _open(
    settings: Settings, name: str, plan: TrackingPlan, limits: Limits
) -> WebhookSource:
    place = f"{WORKSPACE_FILE}: sources.{name}"
    section = settings.section(f"sources.{name}")
    vendor = str(section.get("vendor", ""))
    if vendor not in {*MODULES, "generic"}:
        raise Misconfigured(
            f"{vendor!r} posts no webhooks that are known",
            place=f"{place}.vendor",
            fix=f"Use one of {', '.join(sorted(MODULES))}, or generic with a mapping",
        )
    return WebhookSource(
        name,
        vendor,
        _verify(vendor, section, place),
        _translate(settings, name, vendor),
        plan,
        limits,
    )


def _translate(
    settings: Settings, name: str, vendor: str, *, is_item: bool = False
) -> Translate:
    """Return how a source's bodies become events, or one item of a body."""
    if vendor == "generic":
        section = settings.document["sources"][name]
        if is_item:  # it was taken out of its list already
            section = {**section, "split": ""}
        place = f"{WORKSPACE_FILE}: sources.{name}"
        return read_mapping(name, section, place).events_of
    translate: Translate = MODULES[vendor].events_of
    return translate


def _verify(vendor: str, section: Mapping[str, Any], place: str) -> Verify:
    written = section.get("secret") or []
    secrets = [
        str(one) for one in (written if isinstance(written, list) else [written])
    ]
    if not secrets or not all(secrets):
        raise Misconfigured(
            "a webhook needs the secret that its sender knows",
            place=f"{place}.secret",
            fix="Write secret: ${NAME}, and set NAME to what the vendor shows",
        )
    if vendor == "sendgrid" and not all(map(is_public_key, secrets)):
        raise Misconfigured(
            "this is no public key of SendGrid, so that nothing could be verified",
            place=f"{place}.secret",
            fix="Copy the verification key that its Event Webhook shows: MFkw…",
        )
    if vendor == "salesforce":
        return verify_secret(secrets, str(section.get("organization_id") or ""))
    if vendor != "generic":
        return verify_signature(vendor, secrets)
    signature = section.get("signature")
    if not signature:
        return verify_secret(secrets)
    if not isinstance(signature, Mapping) or not signature.get("header"):
        raise Misconfigured(
            "a signature names its header", place=f"{place}.signature.header"
        )
    if signature.get("algorithm", "sha256") not in ALGORITHMS:
        raise Misconfigured(
            f"{signature['algorithm']!r} is not known",
            place=f"{place}.signature.algorithm",
            fix=f"Use one of {', '.join(ALGORITHMS)}",
        )
    scheme = declared_scheme(signature)
    return lambda request, now: verify(scheme, request, secrets, now)


def retranslate(row: Mapping[str, Any], settings: Settings) -> dict[str, Any] | None:
    """Return what today's mapping makes of a webhook's item that was set apart.

    Args:
        row: A row of quarantine whose body has ``webhook`` and ``item``.
        settings: The workspace.

    Returns:
        The event; None where its type is still not mapped.
    """
    body, name = row["body"], str(row.get("sourceId"))
    vendor, item = str(body["webhook"]), body["item"]
    if vendor not in {*MODULES, "generic"} or name not in settings.names("sources"):
        return None
    translate = _translate(settings, name, vendor, is_item=True)
    found = translate(_whole(vendor, item), {"x-shopify-topic": str(body.get("event"))})
    events: list[Arrived] = [one for one in found if one.event is not None]
    return events[0].event if events else None


def _whole(vendor: str, item: Any) -> Any:
    """Return one item as a body of its own."""
    if vendor == "salesforce":
        return {"notifications": [item]}
    return [item] if vendor in LISTS else item
