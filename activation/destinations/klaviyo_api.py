"""Klaviyo's JSON:API: its headers, its words for a mistake, and consent.

Source: https://developers.klaviyo.com/en/reference/api_overview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.exchange import Request
from activation.destinations.outcome import without_personal
from activation.values import encode

API = "https://a.klaviyo.com"
REVISION = "2026-07-15"
MEDIA_TYPE = "application/vnd.api+json"
SUBSCRIPTIONS = "/api/profile-subscription-bulk-create-jobs"
UNSUBSCRIPTIONS = "/api/profile-subscription-bulk-delete-jobs"


class Source(msgspec.Struct, frozen=True):
    """Where in a request a mistake is."""

    pointer: str = ""


class Mistake(msgspec.Struct, frozen=True):
    """What Klaviyo says of a record that it does not take."""

    detail: str = ""
    title: str = ""
    source: Source | None = None


class _Refusal(msgspec.Struct, frozen=True):
    errors: list[Mistake] = []


class Account:
    """The address and the key of one account.

    Args:
        settings: ``url``, ``api_key``.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.url = str(settings.get("url") or API).rstrip("/")
        self.headers = {
            "Authorization": f"Klaviyo-API-Key {settings['api_key']}",
            "Content-Type": MEDIA_TYPE,
            "Accept": MEDIA_TYPE,
            "revision": REVISION,
        }

    def post(self, path: str, content: bytes) -> Request:
        """Return a request that sends a document."""
        return Request("POST", self.url + path, self.headers, content)

    def get(self, url: str) -> Request:
        """Return a request that asks for a document."""
        return Request("GET", url, self.headers, b"")

    def subscription(self, emails: Sequence[str], list_id: str) -> Request:
        """Return the request that gives people's consent to marketing by email."""
        job = subscription_job([{"email": email} for email in emails], list_id)
        return self.post(SUBSCRIPTIONS, encode({"data": job}))


def subscription_job(
    people: Sequence[Mapping[str, Any]], list_id: str, consented_at: str | None = None
) -> dict[str, Any]:
    """Return the job by which people who agreed to marketing email join a list.

    Args:
        people: ``email`` of each.
        list_id: The list that they join; its double opt-in holds.
        consented_at: When they agreed, ISO 8601, if that is past: nobody is asked to
            confirm it, and no flow begins.
    """
    marketing: dict[str, Any] = {"consent": "SUBSCRIBED"}
    attributes: dict[str, Any] = {}
    if consented_at:
        marketing["consented_at"] = consented_at
        attributes["historical_import"] = True
    subscriptions = {"email": {"marketing": marketing}}
    profiles = [
        {"type": "profile", "attributes": {**one, "subscriptions": subscriptions}}
        for one in people
    ]
    return {
        "type": "profile-subscription-bulk-create-job",
        "attributes": {**attributes, "profiles": {"data": profiles}},
        "relationships": {"list": {"data": {"type": "list", "id": list_id}}},
    }


def unsubscription_job(email: str, list_id: str = "") -> dict[str, Any]:
    """Return the job by which somebody takes back consent to marketing email.

    Args:
        email: Whose.
        list_id: The list that they leave; without it, or where they are on none, they
            are unsubscribed from everything.
    """
    subscriptions = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
    person = {"email": email, "subscriptions": subscriptions}
    job: dict[str, Any] = {
        "type": "profile-subscription-bulk-delete-job",
        "attributes": {
            "profiles": {"data": [{"type": "profile", "attributes": person}]}
        },
    }
    if list_id:
        job["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    return job


def words_of(response: httpx.Response) -> str:
    """Return what Klaviyo says is wrong, without personal data; empty if nothing."""
    try:
        errors = msgspec.json.decode(response.content, type=_Refusal).errors
    except msgspec.DecodeError:
        return ""
    if not errors:
        return ""
    source = errors[0].source
    field = source.pointer.rsplit("/", 1)[-1] if source else ""
    return without_personal(f"{errors[0].detail} ({field})")
