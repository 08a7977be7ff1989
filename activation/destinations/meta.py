"""Meta: conversions for its advertising, through the Conversions API.

Meta deduplicates by event name and event id, so that an event that is sent twice, or
that the pixel sent as well, counts once. A request with one bad event is refused as a
whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request, read_answer
from activation.destinations.meta_event import Options, translate
from activation.destinations.meta_graph import API, Graph
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal
from activation.values import encode
from cdp.errors import Misconfigured
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "meta",
    "Conversions and custom audiences for Meta's advertising.",
    (
        Setting("access_token", "Token of a system user.", is_secret=True),
        Setting("pixel_id", "The dataset (pixel) of events.", is_required=False),
        Setting(
            "test_event_code", "Shows events under Test Events.", is_required=False
        ),
        Setting(
            "event_names",
            "Meta's event by ours, before the usual table.",
            is_required=False,
            kind="object",
        ),
        Setting(
            "external_id",
            "Whether Meta may know the hash of the user id.",
            default=True,
            kind="boolean",
        ),
        Setting(
            "phone_country_code",
            "Country of telephone numbers that begin with a zero, as 44.",
            is_required=False,
        ),
        Setting(
            "limited_data_use",
            "Send events with limited data use.",
            default=False,
            kind="boolean",
        ),
        Setting(
            "action_source",
            "Where events happen; read from the event where it is absent.",
            is_required=False,
            choices=(
                *("website", "app", "email", "phone_call", "chat", "physical_store"),
                *("system_generated", "business_messaging", "other"),
            ),
        ),
    ),
    purpose="advertising",
    url_default=API,
)


class _Answer(msgspec.Struct, frozen=True):
    events_received: int = 0
    messages: list[Any] = []


class Meta:
    """One dataset.

    Args:
        settings: ``url``, ``access_token``, ``pixel_id``, ``test_event_code``, …
        client: Where connections are kept.
        now: The clock; events older than 7 days are refused.
    """

    limits = Limits(records=1000, bytes=4_000_000)

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not settings.get("pixel_id"):
            raise Misconfigured(
                "Meta needs the dataset that events go to",
                place="headwater.yml: destinations",
                fix="Give pixel_id",
            )
        self._graph = Graph(settings, client)
        self._path = f"{settings['pixel_id']}/events"
        self._test_code = str(settings.get("test_event_code") or "")
        self._options = Options(
            event_names=settings.get("event_names") or {},
            sends_external_id=settings.get("external_id") is not False,
            calling_code=str(settings.get("phone_country_code") or ""),
            limits_data_use=bool(settings.get("limited_data_use")),
            action_source=str(settings.get("action_source") or ""),
            now=now,
        )

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Meta gets for an event.

        Raises:
            Rejected: Meta could not take it.
        """
        body = translate(event, self._options)
        return () if body is None else (Payload(body),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these events."""
        rows = b",".join(item.content for item in items)
        test = b""
        if self._test_code:
            test = b',"test_event_code":' + encode(self._test_code)
        return self._graph.request(
            "POST", self._path, b'{"data":[' + rows + b"]" + test + b"}"
        )

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; Meta takes all events of a request or none.

        Raises:
            NotTaken: It took none.
        """
        response = self._graph.send(self.request(items))
        answer = read_answer(response, _Answer)
        if answer.events_received < len(items):
            words = without_personal("; ".join(str(one) for one in answer.messages))
            reason = (
                f"{answer.events_received} of {len(items)} received {words}".strip()
            )
            raise NotTaken(Outcome(Status.REJECTED, reason, response.status_code))
        return [Outcome(Status.DELIVERED, http_status=200)] * len(items)

    def close(self) -> None:
        """Close connections."""
        self._graph.close()
