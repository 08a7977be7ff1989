"""Where each kind of source and destination is declared; imported when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from cdp.workspace_schema import Kind

# kind: module and name of its declaration
SOURCES = {
    "events": "ingestion.sources.kinds:EVENTS",
    "webhook": "ingestion.sources.kinds:WEBHOOK",
    "salesforce": "ingestion.sources.kinds:SALESFORCE",
    "shopify": "ingestion.sources.kinds:SHOPIFY",
    "stripe": "ingestion.sources.kinds:STRIPE",
    "zendesk": "ingestion.sources.kinds:ZENDESK",
    "klaviyo": "ingestion.sources.kinds:KLAVIYO",
    "hubspot": "ingestion.sources.kinds:HUBSPOT",
    "google_ads": "ingestion.sources.advertising_kinds:GOOGLE_ADS",
    "meta_ads": "ingestion.sources.advertising_kinds:META_ADS",
    "postgres": "ingestion.sources.database_kinds:POSTGRES",
    "files": "ingestion.sources.database_kinds:FILES",
    "rest_api": "ingestion.sources.rest_api_kind:REST_API",
}
DESTINATIONS = {
    "amplitude": "activation.destinations.amplitude:KIND",
    "braze": "activation.destinations.braze:KIND",
    "customerio": "activation.destinations.customerio:KIND",
    "google_ads": "activation.destinations.google_ads:KIND",
    "google_analytics": "activation.destinations.google_analytics:KIND",
    "hubspot": "activation.destinations.hubspot:KIND",
    "intercom": "activation.destinations.intercom:KIND",
    "klaviyo": "activation.destinations.klaviyo:KIND",
    "meta": "activation.destinations.meta:KIND",
    "mixpanel": "activation.destinations.mixpanel:KIND",
    "object_storage": "activation.destinations.object_storage:KIND",
    "postgres": "activation.destinations.postgres_settings:KIND",
    "redis": "activation.destinations.redis_store:KIND",
    "salesforce": "activation.destinations.salesforce_settings:KIND",
    "slack": "activation.destinations.slack:KIND",
    "webhook": "activation.destinations.webhook:KIND",
    "zendesk": "activation.destinations.zendesk:KIND",
}


@cache
def source_kinds() -> Mapping[str, Kind]:
    """Return every kind of source by its name."""
    return {name: _declared(place) for name, place in SOURCES.items()}


@cache
def destination_kinds() -> Mapping[str, Kind]:
    """Return every kind of destination by its name."""
    return {name: _declared(place) for name, place in DESTINATIONS.items()}


def destination_kind(name: str) -> Kind | None:
    """Return one kind of destination without importing the others; None if unknown."""
    return _declared(DESTINATIONS[name]) if name in DESTINATIONS else None


def _declared(place: str) -> Kind:
    module, attribute = place.split(":")
    kind = getattr(import_module(module), attribute)
    assert isinstance(kind, Kind)  # noqa: S101 - our own table
    return kind
