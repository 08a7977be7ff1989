"""Google Ads: customer match lists, people added and taken out by hashes.

Since April 2026 Google takes these uploads only from developer tokens that uploaded
before; others are told CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE.
Source: https://developers.google.com/google-ads/api/docs/remarketing/audience-segments/customer-match/get-started
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.advertising import Person
from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import Request, read_answer
from activation.destinations.google_ads_api import GoogleAdsApi, outcomes_of, rows_of
from activation.destinations.google_ads_people import identifiers
from activation.destinations.membership import CHANGE, change_of, deliver_changes
from activation.destinations.outcome import Outcome
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

_ADD, _REMOVE = "create", "remove"


class _Job(msgspec.Struct, frozen=True, rename="camel"):
    resource_name: str


class CustomerMatch:
    """One list.

    Args:
        settings: As of the destination's events; ``audience_consent``.
        object_name: The user list's id.
        external_id_field: Not used: Google matches by any identifier.
        client: Where connections are kept.
    """

    # up to 10,000 operations are advised for one request
    limits = Limits(records=10_000, bytes=8_000_000)
    requests_per_batch = 3  # a job is opened, filled and set off

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str = "",  # noqa: ARG002 - as the registry calls it
        *,
        client: httpx.Client | None = None,
    ) -> None:
        if not object_name:
            raise Misconfigured(
                "Google Ads needs a user list",
                place="the exposure's config.meta.sync",
                fix="Give the list's id as object",
            )
        self._api = GoogleAdsApi(settings, client)
        self._list = f"{self._api.customer}/userLists/{object_name}"
        self._calling_code = str(settings.get("phone_country_code") or "")
        self._consent = str(settings.get("audience_consent") or "")

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a person to add, by hashes.

        Raises:
            Rejected: Google could not find the person by what there is.
        """
        return self._operation(record, _ADD)

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a person to take out, by hashes.

        Raises:
            Rejected: Google could not find the person by what there is.
        """
        return self._operation(record, _REMOVE)

    def prepare_change(
        self, before: Mapping[str, Any], record: Mapping[str, Any]
    ) -> Item:
        """Return a person to take out as they were and to add as they are.

        Raises:
            Rejected: Google could not find the person by what there is.
        """
        return change_of(self.prepare_removal(before), self.prepare(record))

    def _operation(self, record: Mapping[str, Any], verb: str) -> Item:
        contact = {
            **record,
            "country": record.get("country_code", record.get("country")),
        }
        found = identifiers(contact, calling_code=self._calling_code, with_address=True)
        own_id = record.get("external_id")
        if not found and own_id is not None:  # a list is of contacts or of own ids
            found = [{"thirdPartyUserId": Person().pseudonym(own_id)}]
        if not found:
            raise Rejected("a person needs one of email, phone, address, external_id")
        return Item(encode({verb: {"userIdentifiers": found}}), verb)

    def job_request(self) -> Request:
        """Return the request that opens a job."""
        metadata: dict[str, Any] = {"userList": self._list}
        if self._consent:
            fields = ("adUserData", "adPersonalization")
            metadata["consent"] = dict.fromkeys(fields, self._consent)
        job = {
            "type": "CUSTOMER_MATCH_USER_LIST",
            "customerMatchUserListMetadata": metadata,
        }
        path = f"{self._api.customer}/offlineUserDataJobs:create"
        return self._api.request(path, encode({"job": job}))

    def request(self, items: Sequence[Item], job_name: str = "") -> Request:
        """Return the request that lays these people into a job."""
        rows = rows_of([item.content for item in items])
        body = b'{"operations":' + rows + b',"enablePartialFailure":true}'
        name = job_name or f"{self._api.customer}/offlineUserDataJobs/0"
        return self._api.request(f"{name}:addOperations", body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt: open a job, lay the people into it, let it run.

        Google works the job off within hours; what it took is delivered. People who
        are in the list already stay in it once.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        if items[0].lane == CHANGE:
            return deliver_changes(items, self.deliver)
        opened = self._api.send(self.job_request())
        job = read_answer(opened, _Job)
        response = self._api.send(self.request(items, job.resource_name))
        outcomes = outcomes_of(response, len(items))
        self._api.send(self._api.request(f"{job.resource_name}:run", b"{}"))
        return outcomes

    def close(self) -> None:
        """Close connections."""
        self._api.close()
