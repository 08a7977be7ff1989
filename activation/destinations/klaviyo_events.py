"""Klaviyo: what people do, who they are, and their consent, as it happens.

Klaviyo counts an event of one ``unique_id`` once per person and metric. Events go one a
request: the bulk endpoint takes a thousand and never says what became of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.klaviyo_api import (
    SUBSCRIPTIONS,
    UNSUBSCRIPTIONS,
    Account,
    subscription_job,
    unsubscription_job,
    words_of,
)
from activation.destinations.klaviyo_event import Clock, events_of
from activation.destinations.klaviyo_profile import attributes_of, identifiers_of
from activation.destinations.mapping import moment, text
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.values import plain

_PATHS = {
    "event": "/api/events",
    "profile": "/api/profile-import",
    "subscription": SUBSCRIPTIONS,
    "unsubscription": UNSUBSCRIPTIONS,
}


class KlaviyoEvents:
    """One account, for events.

    Args:
        settings: As the ``KIND`` of ``klaviyo`` says.
        client: Where connections are kept.
        now: The clock; old events begin no flow.
    """

    # 3,500 events a minute, says the vendor; an event may have 5 MB
    limits = Limits(records=1, bytes=5_000_000, at_once=8, requests_per_second=58)

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client or open_client()
        self._account = Account(settings)
        self._list_id = str(settings.get("list_id") or "")
        self._sends_pages = bool(settings.get("sends_pages"))
        self._sends_strangers = bool(settings.get("sends_strangers"))
        self._matches_orders = bool(settings.get("matches_orders"))
        self._calling_code = str(settings.get("phone_country_code") or "")
        self._subscribing = _names(
            settings.get("subscription_events", ("newsletter_subscribed",))
        )
        self._leaving = _names(
            settings.get("unsubscription_events", ("newsletter_unsubscribed",))
        )
        hours = float(settings.get("past_after_hours", 24))
        self._clock = Clock(now, timedelta(hours=hours))

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Klaviyo gets for an event: a profile, events, consent.

        Raises:
            Rejected: It has no name, no time or no id.
        """
        kind = event.get("type")
        person = identifiers_of(event, self._calling_code)
        if kind == "identify":
            return self._profile(event, person)
        if kind != "track" and not (kind == "page" and self._sends_pages):
            return ()
        stranger = text(event.get("anonymousId"))
        if not person and not (stranger and self._sends_strangers):
            return ()
        known = person | ({"anonymous_id": stranger} if stranger else {})
        bodies = events_of(
            event, known, self._clock, matches_orders=self._matches_orders
        )
        payloads = [Payload(body, "event") for body in bodies]
        return (*payloads, *self._consent(event, person))

    def _profile(
        self, event: Mapping[str, Any], person: Mapping[str, str]
    ) -> Sequence[Payload]:
        if not person:
            return ()
        attributes = {**person, **attributes_of(event)}
        return (Payload({"type": "profile", "attributes": attributes}, "profile"),)

    def _consent(
        self, event: Mapping[str, Any], person: Mapping[str, str]
    ) -> Sequence[Payload]:
        """Return the subscription that an event is, or its end; of an address only."""
        name, email = _snake(str(event.get("event") or "")), person.get("email")
        if email and name in self._leaving:
            return (
                Payload(unsubscription_job(email, self._list_id), "unsubscription"),
            )
        is_consent = name in self._subscribing
        if not (is_consent and email and self._list_id):
            return ()
        when = plain(moment(event)) if self._clock.is_past(event) else None
        job = subscription_job([{"email": email}], self._list_id, when)
        return (Payload(job, "subscription"),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries one record."""
        (item,) = items
        return self._account.post(_PATHS[item.lane], b'{"data":' + item.content + b"}")

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt.

        Raises:
            NotTaken: Klaviyo did not take the record.
        """
        response = exchange(self._client, self.request(items), readable={400})
        if not response.is_success:
            raise NotTaken(judge(response, words_of(response)))
        return [Outcome(Status.DELIVERED, http_status=response.status_code)]

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _names(written: Sequence[Any] | None) -> frozenset[str]:
    return frozenset(_snake(str(name)) for name in written or ())


def _snake(name: str) -> str:
    return "_".join(name.lower().replace("-", " ").split())
