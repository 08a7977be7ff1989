from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.destinations.google_analytics import GoogleAnalytics
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Misconfigured

Make = Callable[..., dict[str, Any]]
At = Callable[..., GoogleAnalytics]
SECTION = {"api_secret": "s", "measurement_id": "G-1"}


@pytest.fixture
def make(event: Make) -> Make:
    """Makes an event of this moment."""

    def made(number: int = 1, **fields: Any) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return event(number, **{"timestamp": now, "context": {}, **fields})

    return made


@pytest.fixture
def at(tool: Any) -> Iterator[At]:
    """Opens the destination at the recording tool."""
    opened: list[GoogleAnalytics] = []

    def open_one(**settings: Any) -> GoogleAnalytics:
        opened.append(GoogleAnalytics(SECTION | {"url": tool.url} | settings))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def test_events_of_one_client_share_a_request_and_keep_their_times(
    at: At, make: Make
) -> None:
    ours = at()
    plans = ("free", "pro")
    events = [
        make(n, context={"traits": {"plan": plan}}) for n, plan in enumerate(plans)
    ]
    payloads = [payload for one in events for payload in ours.translate(one)]
    other = ours.translate(make(anonymousId="device-2"))[0]

    request = ours.request([payload.encoded() for payload in payloads])

    assert payloads[0].lane == payloads[1].lane != other.lane
    assert request.params == {"api_secret": "s", "measurement_id": "G-1"}
    body = json.loads(request.content)
    times = [payload.body["timestamp_micros"] for payload in payloads]
    assert [one["timestamp_micros"] for one in body["events"]] == times
    assert body["user_properties"] == {"plan": {"value": "pro"}}
    assert "timestamp_micros" not in body
    assert ours.limits.records == 25


def test_an_answer_of_any_kind_of_success_is_taken_as_delivered(
    tool: Any, at: At, make: Make
) -> None:
    tool.answers_with(204, b"")
    ours = at()
    items = [ours.translate(make())[0].encoded()] * 2

    outcomes = ours.deliver(items)

    assert [one.status for one in outcomes] == [Status.DELIVERED] * 2
    assert tool.seen[0].path == "/mp/collect"
    assert tool.seen[0].query["measurement_id"] == "G-1"


def test_validation_refuses_what_the_server_finds(
    tool: Any, at: At, make: Make
) -> None:
    ours = at(validate=True)
    item = ours.translate(make())[0].encoded()
    message = {"fieldPath": "events", "description": "a bad name for ada@example.com"}
    tool.answers_with(200, {"validationMessages": [message]})

    (refused,) = ours.deliver([item])

    assert refused.status is Status.REJECTED
    assert refused.reason == "events: a bad name for […]"
    assert [one.path for one in tool.seen] == ["/debug/mp/collect"]
    tool.answers_with(200, {"validationMessages": []})
    assert ours.deliver([item])[0].status is Status.DELIVERED
    assert tool.seen[-1].path == "/mp/collect"
    assert ours.limits.records == 1


def test_a_limit_is_waited_for(tool: Any, at: At, make: Make) -> None:
    tool.answers_with(429, {}, Retry_After="7")
    ours = at()

    with pytest.raises(NotTaken) as refusal:
        ours.deliver([ours.translate(make())[0].encoded()])

    assert refusal.value.outcome.status is Status.RETRY
    assert refusal.value.outcome.retry_after_seconds == 7


@pytest.mark.parametrize(
    "both", [{}, {"measurement_id": "G-1", "firebase_app_id": "1"}]
)
def test_a_destination_without_one_stream_is_misconfigured(
    both: dict[str, str],
) -> None:
    with pytest.raises(Misconfigured, match="one stream"):
        GoogleAnalytics({"api_secret": "s", **both})
