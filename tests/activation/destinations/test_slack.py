from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.slack import KIND, Slack

Make = Callable[..., dict[str, Any]]
RULES = [
    {
        "event": "order_completed",
        "template": "{{ name }}: {{ properties.total }}",
        "channel": "#orders",
    },
]


def test_a_bot_names_the_channel_and_the_event(event: Make, tool: Any) -> None:
    tool.answers_with(200, {"ok": True})
    slack = Slack({"url": tool.url, "token": "xoxb-1", "events": RULES})
    (payload,) = slack.translate(event(event="Order Completed"))

    outcomes = slack.deliver([payload.encoded()])
    slack.close()

    (seen,) = tool.seen
    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)]
    assert seen.path == "/chat.postMessage"
    assert seen.headers["authorization"] == "Bearer xoxb-1"
    assert seen.json["channel"] == "#orders"
    assert seen.json["metadata"] == {
        "event_type": "Order_Completed",
        "event_payload": {"message_id": event()["messageId"]},
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ratelimited", Status.RETRY),
        ("fatal_error", Status.RETRY),
        ("msg_too_long", Status.REJECTED),
        ("invalid_auth", Status.MISCONFIGURED),
        ("channel_not_found", Status.MISCONFIGURED),
        ("not_in_channel", Status.MISCONFIGURED),
    ],
)
def test_a_refusal_with_200_is_read(
    event: Make, tool: Any, error: str, status: Status
) -> None:
    tool.answers_with(200, {"ok": False, "error": error})
    slack = Slack({"url": tool.url, "token": "xoxb-1", "events": RULES})
    (payload,) = slack.translate(event(event="order_completed"))

    with pytest.raises(NotTaken) as refusal:
        slack.deliver([payload.encoded()])
    slack.close()

    assert refusal.value.outcome == Outcome(status, error, 200)


@pytest.mark.parametrize(
    ("answer", "words", "status"),
    [
        (400, b"invalid_payload", Status.REJECTED),
        (404, b"no_service", Status.MISCONFIGURED),
        (410, b"channel_is_archived", Status.MISCONFIGURED),
        (500, b"rollup_error", Status.RETRY),
    ],
)
def test_an_incoming_webhook_says_it_in_plain_words(
    event: Make, tool: Any, answer: int, words: bytes, status: Status
) -> None:
    tool.answers_with(answer, words)
    slack = Slack({"webhook_url": tool.url + "/services/T/B/x", "events": RULES})
    (payload,) = slack.translate(event(event="order_completed"))

    with pytest.raises(NotTaken) as refusal:
        slack.deliver([payload.encoded()])
    slack.close()

    assert refusal.value.outcome.status is status


def test_slacks_rate_is_kept_and_its_wait_obeyed(event: Make, tool: Any) -> None:
    tool.answers_with(429, b"", retry_after="30")
    slack = Slack({"webhook_url": tool.url, "events": RULES})
    (payload,) = slack.translate(event(event="order_completed"))

    with pytest.raises(NotTaken) as refusal:
        slack.deliver([payload.encoded()])
    slack.close()

    assert refusal.value.outcome.retry_after_seconds == 30
    assert (slack.limits.records, slack.limits.requests_per_second) == (1, 1.0)


def test_secrets_are_declared_as_secrets() -> None:
    secret = {one.name for one in KIND.settings if one.is_secret}
    assert secret == {"webhook_url", "token"}
