"""Klaviyo: profiles imported in bulk; a job answers for each of them.

Whoever agreed to marketing email (``subscribed``) also joins the list. Being imported
gives nobody's consent: that stays with the person and with Klaviyo, unless the setting
``gives_consent`` says that ``subscribed`` is consent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import (
    Request,
    exchange,
    judge,
    open_client,
    read_answer,
)
from activation.destinations.klaviyo_api import (
    API,
    Account,
    Mistake,
    Source,
    words_of,
)
from activation.destinations.klaviyo_event import EVENT_SETTINGS
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from activation.values import encode, nested
from cdp.errors import Rejected
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "klaviyo",
    "Profiles and their events, for email and text messages.",
    (
        Setting("api_key", "A private API key.", is_secret=True),
        Setting("list_id", "The list that subscribers join.", is_required=False),
        Setting(
            "gives_consent",
            "Whether a row's subscribed is consent to marketing email.",
            default=False,
            kind="boolean",
        ),
        *EVENT_SETTINGS,
    ),
    purpose="messaging",
    url_default=API,
)

IDENTIFIERS = ("email", "phone_number", "external_id")
_JOBS = "/api/profile-bulk-import-jobs"
_LIST_LANE, _CONSENT_LANE = "list", "consent"
_MOST_SUBSCRIBERS = 1000
_LONGEST_JOB_SECONDS = 300.0
_FIRST_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 5.0
_POINTER = "/data/attributes/profiles/data/"


class _Entry(msgspec.Struct, frozen=True):
    attributes: Mistake


class _Links(msgspec.Struct, frozen=True):
    next: str | None = None


class _Errors(msgspec.Struct, frozen=True):
    data: list[_Entry]
    links: _Links = _Links()


class _JobAttributes(msgspec.Struct, frozen=True):
    status: str
    failed_count: int | None = 0


class _Job(msgspec.Struct, frozen=True):
    id: str
    attributes: _JobAttributes


class _JobDocument(msgspec.Struct, frozen=True):
    data: _Job


def translate(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile as Klaviyo takes it; dotted field names are nested.

    An absent identifier is left out (null would unlink it), any other absent value
    clears its field. ``subscribed`` decides the list and is no attribute.

    Raises:
        Rejected: There is nothing that Klaviyo could know the person by.
    """
    kept = {
        name: value
        for name, value in record.items()
        if name != "subscribed" and (value is not None or name not in IDENTIFIERS)
    }
    if not any(kept.get(name) for name in IDENTIFIERS):
        raise Rejected(f"a profile needs one of {', '.join(IDENTIFIERS)}")
    return {"type": "profile", "attributes": nested(kept)}


class Klaviyo:
    """The profiles of one account.

    Args:
        settings: As ``KIND`` says.
        object_name: Profiles are all that it has.
        external_id_field: Klaviyo matches by any identifier of its own.
        client: Where connections are kept.
        sleep: Waits between two looks at a job.
    """

    limits = Limits(records=10_000, bytes=4_500_000)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "profile",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",  # noqa: ARG002
        *,
        client: httpx.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._client = client or open_client()
        self._account = Account(settings)
        self._list_id = str(settings.get("list_id") or "")
        self._sleep = sleep
        self._gives_consent = bool(settings.get("gives_consent"))

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return the profile encoded, in the list's lane if it belongs there.

        Raises:
            Rejected: The profile has no identifier.
        """
        joins_list = bool(record.get("subscribed")) and bool(self._list_id)
        lane = _LIST_LANE if joins_list else ""
        if joins_list and self._gives_consent:  # to email, so there must be one
            lane = _CONSENT_LANE if record.get("email") else ""
        return Item(encode(translate(record)), lane)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that starts the import of these profiles."""
        profiles = b",".join(item.content for item in items)
        related = b""
        if items[0].lane == _LIST_LANE:
            lists = {"lists": {"data": [{"type": "list", "id": self._list_id}]}}
            related = b',"relationships":' + encode(lists)
        body = (
            b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":'
            b'{"data":[' + profiles + b"]}}" + related + b"}}"
        )
        return self._account.post(_JOBS, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt and wait until the import has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = exchange(self._client, self.request(items), readable={400})
        if not response.is_success:
            raise NotTaken(judge(response, words_of(response)))
        job = self._wait_for(read_answer(response, _JobDocument).data)
        outcomes = [Outcome(Status.DELIVERED, http_status=202)] * len(items)
        if job.attributes.status == "cancelled":
            raise NotTaken(Outcome(Status.RETRY, "the import was cancelled", 202))
        if job.attributes.failed_count:
            for index, reason in self._errors_of(job):
                outcome = Outcome(Status.REJECTED, reason, 202)
                if not 0 <= index < len(items):
                    # one of them, but it is not said which: smaller imports tell
                    raise NotTaken(outcome)
                outcomes[index] = outcome
        if items[0].lane == _CONSENT_LANE:
            self._subscribe(items, outcomes)
        return outcomes

    def _subscribe(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        """Give the consent of those who were imported; doing it twice is as once."""
        emails = [
            msgspec.json.decode(item.content)["attributes"]["email"]
            for item, outcome in zip(items, outcomes, strict=True)
            if outcome.status is Status.DELIVERED
        ]
        for start in range(0, len(emails), _MOST_SUBSCRIBERS):
            part = emails[start : start + _MOST_SUBSCRIBERS]
            request = self._account.subscription(part, self._list_id)
            response = exchange(self._client, request, readable={400})
            if not response.is_success:
                raise NotTaken(judge(response, words_of(response)))

    def _get(self, url: str) -> httpx.Response:
        return exchange(self._client, self._account.get(url))

    def _wait_for(self, job: _Job) -> _Job:
        waited, wait = 0.0, _FIRST_POLL_SECONDS
        while job.attributes.status in {"queued", "processing"}:
            if waited > _LONGEST_JOB_SECONDS:
                reason = f"the import has not ended after {waited:.0f} s"
                raise NotTaken(Outcome(Status.RETRY, reason, 202))
            self._sleep(wait)
            waited, wait = waited + wait, min(2 * wait, _LONGEST_POLL_SECONDS)
            response = self._get(f"{self._account.url}{_JOBS}/{job.id}")
            job = read_answer(response, _JobDocument).data
        return job

    def _errors_of(self, job: _Job) -> list[tuple[int, str]]:
        """Return position and reason of each profile that was not imported."""
        found: list[tuple[int, str]] = []
        url: str | None = f"{self._account.url}{_JOBS}/{job.id}/import-errors"
        while url:
            page = read_answer(self._get(url), _Errors)
            for entry in page.data:
                pointer = entry.attributes.source or Source()
                position = pointer.pointer.removeprefix(_POINTER).split("/")[0]
                words = entry.attributes.detail or entry.attributes.title
                index = int(position) if position.isdigit() else -1
                found.append((index, without_personal(words)))
            url = page.links.next
        return found

    def close(self) -> None:
        """Close connections."""
        self._client.close()
