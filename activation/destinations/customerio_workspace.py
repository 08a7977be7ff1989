"""The batch endpoint of a Customer.io workspace, and what its answer says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "customerio",
    "People, events, devices and objects of a Customer.io workspace.",
    (
        Setting("site_id", "Site ID of the workspace's Track API."),
        Setting("api_key", "Its API key.", is_secret=True),
        Setting(
            "app_api_key",
            "A key of the App API, which says whom the workspace has.",
            is_secret=True,
            is_required=False,
        ),
        Setting(
            "app_url",
            "Address of the App API.",
            default="https://api.customer.io",
            form=ADDRESS,
        ),
        Setting("object_type", "Type of object that a group is.", default="1"),
        Setting(
            "device_events",
            "Further events that tell a device's token.",
            is_required=False,
            kind="list",
        ),
    ),
    purpose="messaging",
    url_default="https://track.customer.io",
)
# the vendor takes less than 500 KB a request; the envelope needs some of it
_LIMITS = Limits(records=1000, bytes=490_000)


class _Error(msgspec.Struct, frozen=True):
    batch_index: int | None = None
    reason: str = ""
    field: str = ""
    message: str = ""


class _Verdict(msgspec.Struct, frozen=True):
    errors: list[_Error] = []


class Workspace:
    """The batch endpoint of one workspace."""

    limits = _LIMITS

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None
    ) -> None:
        self._client = client or open_client()
        url = str(settings.get("url") or KIND.url_default).rstrip("/")
        self._url = url + "/api/v2/batch"
        account = f"{settings['site_id']}:{settings['api_key']}"
        self._headers = {
            "Authorization": f"Basic {b64encode(account.encode()).decode()}",
            "Content-Type": "application/json",
        }

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these operations."""
        body = b'{"batch":[' + b",".join(item.content for item in items) + b"]}"
        return Request("POST", self._url, self._headers, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; the vendor names each operation that it refused.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = exchange(self._client, self.request(items), readable={400})
        try:
            errors = msgspec.json.decode(response.content, type=_Verdict).errors
        except msgspec.DecodeError:
            errors = []
        code = response.status_code
        if not response.is_success and not any(
            error.batch_index is not None for error in errors
        ):
            raise NotTaken(judge(response, _words(errors[0]) if errors else ""))
        outcomes = [Outcome(Status.DELIVERED, http_status=code)] * len(items)
        for error in errors:
            outcome = Outcome(Status.REJECTED, _words(error), code)
            index = -1 if error.batch_index is None else error.batch_index
            if not 0 <= index < len(items):
                # one of them, but it is not said which: smaller batches tell
                raise NotTaken(outcome)
            outcomes[index] = outcome
        return outcomes

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _words(error: _Error) -> str:
    return without_personal(f"{error.field}: {error.message or error.reason}")
