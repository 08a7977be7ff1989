"""Which module speaks to which kind of tool; imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

from activation.destinations.delivery import Destination, Item, Payload
from activation.destinations.exchange import Request
from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from cdp.workspace_kinds import DESTINATIONS, destination_kind
from cdp.workspace_schema import Kind


class RecordDestination(Destination, Protocol):
    """A tool that takes rows of the warehouse.

    It may have ``requests_per_batch``: how many requests send one, where one does not.
    """

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a row, by destination field, encoded for the tool.

        Raises:
            Rejected: The tool could not take such a row.
        """
        ...


class AskingDestination(RecordDestination, Protocol):
    """A tool that says which records it has, whoever made them.

    ``deliver`` takes what these two prepare and leaves what does not fit, with an
    outcome of ``left``; it changes nothing then. Two things more it may have:
    ``asked_at_once``, for how many records one request asks, by the first word of their
    lane, and ``check_asking``, which raises ``Misconfigured`` where nobody can be asked
    for by this field.
    """

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a row that is to change a record, and to make none.

        Raises:
            Rejected: The tool could not take such a row.
        """
        ...

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a row that is to make a record, and to change none.

        Raises:
            Rejected: The tool could not take such a row.
        """
        ...


class ReadableDestination(RecordDestination, Protocol):
    """A tool whose records can be read."""

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what the tool has in some fields of records, in order.

        Args:
            records: As rows, by destination field; no more than one batch.
            fields: Which fields.

        Raises:
            NotTaken: It did not say.
        """
        ...


class EventDestination(Destination, Protocol):
    """A tool that takes events."""

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what the tool gets for an event, in order; nothing if it has none.

        It is pure: the same event gives the same payloads, and nothing is sent.

        Raises:
            Rejected: The tool could not take such an event.
        """
        ...

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these items, all of one lane; pure."""
        ...


FOLDER = "activation.destinations"
# kind: module and class in this folder
EVENTS = {
    "amplitude": "amplitude:Amplitude",
    "braze": "braze:Braze",
    "customerio": "customerio:CustomerIo",
    "google_ads": "google_ads:GoogleAds",
    "google_analytics": "google_analytics:GoogleAnalytics",
    "hubspot": "hubspot:Hubspot",
    "intercom": "intercom:Intercom",
    "klaviyo": "klaviyo_events:KlaviyoEvents",
    "meta": "meta:Meta",
    "mixpanel": "mixpanel:Mixpanel",
    "object_storage": "object_storage:ObjectStorage",
    "postgres": "postgres:Postgres",
    "redis": "redis_store:RedisStore",
    "salesforce": "salesforce_events:SalesforceEvents",
    "slack": "slack:Slack",
    "webhook": "webhook:Webhook",
    "zendesk": "zendesk:Zendesk",
}
RECORDS = {
    "braze": "braze:BrazeUsers",
    "customerio": "customerio:CustomerIoPeople",
    "google_ads": "google_ads_audiences:CustomerMatch",
    "hubspot": "hubspot:HubspotObjects",
    "intercom": "intercom:IntercomContacts",
    "klaviyo": "klaviyo:Klaviyo",
    "meta": "meta_audiences:CustomAudience",
    "mixpanel": "mixpanel:MixpanelProfiles",
    "object_storage": "object_storage:ObjectStorageRecords",
    "postgres": "postgres:PostgresTable",
    "redis": "redis_store:RedisRecords",
    "salesforce": "salesforce:Salesforce",
    "webhook": "webhook:WebhookRecords",
    "zendesk": "zendesk:ZendeskUsers",
}

_ONLY_OURS = frozenset({"webhook", "object_storage"})


def open_for_records(
    settings: Settings, name: str, object_name: str, external_id_field: str
) -> RecordDestination:
    """Return the destination of a sync.

    Args:
        settings: The workspace.
        name: A key of ``destinations`` in ``headwater.yml``.
        object_name: Which of the tool's objects.
        external_id_field: The field that records are matched by, where the tool asks.

    Raises:
        Misconfigured: There is no such destination, or it takes no records.
    """
    section = settings.section(f"destinations.{name}")
    opened: RecordDestination = _class_of(section, name, RECORDS)(
        section, object_name, external_id_field
    )
    return opened


def open_for_events(
    settings: Settings, name: str, own: Mapping[str, Any] | None = None
) -> EventDestination:
    """Return the destination of a live connection.

    Args:
        settings: The workspace.
        name: A key of ``destinations`` in ``headwater.yml``.
        own: The connection's own settings; they come before the destination's.

    Raises:
        Misconfigured: There is no such destination, or it takes no events.
    """
    section = settings.section(f"destinations.{name}") | dict(own or {})
    opened: EventDestination = _class_of(section, name, EVENTS)(section)
    return opened


def kind_of(settings: Settings, name: str) -> str:
    """Return which kind of tool a destination of ``headwater.yml`` is."""
    section = settings.document.get("destinations", {}).get(name, {})
    return str(section.get("kind", name))


def holds_only_ours(settings: Settings, name: str) -> bool:
    """Return whether a destination holds nothing but what syncs deliver.

    What it has is then known by the ledger alone, and nobody there could be asked.
    """
    return kind_of(settings, name) in _ONLY_OURS


def kinds_that_say() -> tuple[str, ...]:
    """Return which kinds of tools say which records they have."""
    return tuple(
        kind
        for kind, place in RECORDS.items()
        if hasattr(_load(place), "prepare_update")
    )


def purpose_of(settings: Settings, name: str) -> str:
    """Return what a destination is for, as the plan's purposes are called.

    Its own ``purpose`` in ``headwater.yml``, else what its kind is for.

    Raises:
        Misconfigured: There is no such kind.
    """
    section = settings.document.get("destinations", {}).get(name, {})
    return str(section.get("purpose") or _kind_declared(settings, name).purpose)


def declared_secrets(settings: Settings, name: str) -> frozenset[str]:
    """Return which settings of a destination are secrets."""
    kind = _kind_declared(settings, name)
    return frozenset(one.name for one in kind.settings if one.is_secret)


def _kind_declared(settings: Settings, name: str) -> Kind:
    kind = kind_of(settings, name)
    declared = destination_kind(kind)
    if declared is None:
        raise _unknown(kind, name, DESTINATIONS)
    return declared


def _unknown(kind: str, name: str, known: Mapping[str, str]) -> Misconfigured:
    return Misconfigured(
        f"{kind!r} cannot be used here",
        place=f"{WORKSPACE_FILE}: destinations.{name}.kind",
        fix=f"Use one of {', '.join(known)}",
    )


def _class_of(section: Mapping[str, Any], name: str, known: Mapping[str, str]) -> Any:
    kind = str(section.get("kind", name))
    if kind not in known:
        raise _unknown(kind, name, known)
    return _load(known[kind])


def _load(place: str) -> Any:
    module, class_name = place.split(":")
    return getattr(import_module(f"{FOLDER}.{module}"), class_name)
