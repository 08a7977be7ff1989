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
from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.klaviyo_api import API, Account, words_of
from activation.destinations.klaviyo_event import EVENT_SETTINGS
from activation.destinations.klaviyo_jobs import JOBS, Jobs
from activation.destinations.klaviyo_presence import ASKED_AT_ONCE, Profiles
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.presence import (
    CREATE,
    UPDATE,
    asked_by,
    create_absent,
    update_present,
)
from activation.values import encode, nested
from cdp.errors import Misconfigured, Rejected
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
_LIST_LANE, _CONSENT_LANE = "list", "consent"
_MOST_SUBSCRIBERS = 1000


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
        external_id_field: The identifier that profiles are asked for by; an import
            matches by any.
        client: Where connections are kept.
        sleep: Waits between two looks at a job.
    """

    limits = Limits(records=10_000, bytes=4_500_000)
    asked_at_once = asked_by(ASKED_AT_ONCE)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "profile",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._key = external_id_field
        self._client = client or open_client()
        self._account = Account(settings)
        self._jobs = Jobs(self._client, self._account, sleep)
        self._profiles = Profiles(self._client, self._account, sleep)
        self._list_id = str(settings.get("list_id") or "")
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

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a profile that is changed if Klaviyo has it.

        Raises:
            Rejected: It cannot be asked for.
        """
        return self._asked(record, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a profile that is made if Klaviyo has none of its identifiers.

        Raises:
            Rejected: It cannot be asked for.
        """
        return self._asked(record, CREATE)

    def _asked(self, record: Mapping[str, Any], mode: str) -> Item:
        if not record.get(self._key):
            raise Rejected(f"a profile needs {self._key}")
        item = self.prepare(record)
        return Item(item.content, f"{mode} {item.lane}")

    def check_asking(self) -> None:
        """See that profiles can be asked for.

        Raises:
            Misconfigured: It is not said by which identifier.
        """
        if self._key not in IDENTIFIERS:
            raise Misconfigured(
                "Klaviyo is asked for profiles by one identifier",
                place="the exposure's config.meta.sync.external_id_field",
                fix=f"Use one of {', '.join(IDENTIFIERS)}",
            )

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that starts the import of these profiles."""
        profiles = b",".join(item.content for item in items)
        related = b""
        if _lane_of(items) == _LIST_LANE:
            lists = {"lists": {"data": [{"type": "list", "id": self._list_id}]}}
            related = b',"relationships":' + encode(lists)
        body = (
            b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":'
            b'{"data":[' + profiles + b"]}}" + related + b"}}"
        )
        return self._account.post(JOBS, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt and wait until the import has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        mode = items[0].lane.partition(" ")[0]
        if mode not in {UPDATE, CREATE}:
            return self._import(items)
        people = [msgspec.json.decode(item.content)["attributes"] for item in items]
        keys = [str(one[self._key]).lower() for one in people]
        if mode == UPDATE:
            found = self._profiles.find(people, self._key)
            return update_present(items, keys, found, self._import)
        found = {}
        for field in IDENTIFIERS:  # an import would change who has any of them
            known = self._profiles.find(people, field)
            for key, person in zip(keys, people, strict=True):
                if profile_id := known.get(str(person.get(field)).lower()):
                    found[key] = profile_id
        return create_absent(items, keys, found, self._import)

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what Klaviyo has in some fields of profiles, in order.

        Raises:
            NotTaken: It did not say.
        """
        return self._profiles.read(records, fields)

    def _import(self, items: Sequence[Item]) -> list[Outcome]:
        outcomes = self._jobs.run(self.request(items), len(items))
        if _lane_of(items) == _CONSENT_LANE:
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

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _lane_of(items: Sequence[Item]) -> str:
    """Return whether these profiles join the list, whatever the mode is."""
    return items[0].lane.rpartition(" ")[2]
