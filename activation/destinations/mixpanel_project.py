"""Mixpanel's endpoints: strict imports with a verdict on each event, and updates."""

from __future__ import annotations

import gzip
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

ADDRESS = "https://api.mixpanel.com"
_PROFILES = {"engage": "/engage", "groups": "/groups"}
_FEWEST_BYTES_WORTH_ZIPPING = 1024
_ZIP_LEVEL = 1  # beyond it, time grows faster than the body shrinks


class _FailedRecord(msgspec.Struct, frozen=True):
    index: int
    field: str = ""
    message: str = ""


class _Verdict(msgspec.Struct, frozen=True):
    failed_records: list[_FailedRecord] | None = None
    error: str = ""


class _Update(msgspec.Struct, frozen=True):
    status: int | str = 0
    error: str | None = ""


class Project:
    """The endpoints of one project."""

    # the vendor takes 2 MiB before compression; the brackets need some of it
    limits = Limits(records=2000, bytes=2_000_000)

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings.get("url") or ADDRESS).rstrip("/")
        account = f"{settings['service_account']}:{settings['service_secret']}"
        self._headers = {
            "Authorization": f"Basic {b64encode(account.encode()).decode()}",
            "Content-Type": "application/json",
        }
        self._params = {"strict": "1", "project_id": str(settings["project_id"])}

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records of one lane."""
        content = b"[" + b",".join(item.content for item in items) + b"]"
        if path := _PROFILES.get(items[0].lane):
            # updates are known by the token in each
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            return Request("POST", self._url + path, headers, content, {"verbose": "1"})
        headers = dict(self._headers)
        if len(content) >= _FEWEST_BYTES_WORTH_ZIPPING:
            content = gzip.compress(content, _ZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Request("POST", self._url + "/import", headers, content, self._params)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; in strict mode each refused event has its reason.

        Raises:
            NotTaken: The answer is about the whole batch; for profiles it always is.
        """
        if items[0].lane in _PROFILES:
            return self._update(items)
        response = exchange(self._client, self.request(items), readable={400})
        if response.is_success:
            return [Outcome(Status.DELIVERED, http_status=200)] * len(items)
        try:
            verdict = msgspec.json.decode(response.content, type=_Verdict)
        except msgspec.DecodeError as error:
            raise NotTaken(judge(response)) from error
        if not verdict.failed_records:
            raise NotTaken(judge(response, without_personal(verdict.error)))
        outcomes = [Outcome(Status.DELIVERED, http_status=200)] * len(items)
        for failed in verdict.failed_records:
            if 0 <= failed.index < len(items):
                reason = without_personal(f"{failed.field}: {failed.message}")
                outcomes[failed.index] = Outcome(Status.REJECTED, reason, 400)
        return outcomes

    def _update(self, items: Sequence[Item]) -> list[Outcome]:
        response = exchange(self._client, self.request(items))
        try:
            told = msgspec.json.decode(response.content, type=_Update | int)
        except msgspec.DecodeError as error:
            raise NotTaken(judge(response)) from error
        status = told if isinstance(told, int) else told.status
        if status not in {1, "OK"}:
            words = "" if isinstance(told, int) else without_personal(told.error or "")
            raise NotTaken(Outcome(Status.REJECTED, f"HTTP 200: {words}", 200))
        return [Outcome(Status.DELIVERED, http_status=200)] * len(items)

    def close(self) -> None:
        """Close connections."""
        self._client.close()
