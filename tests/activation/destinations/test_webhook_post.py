from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activation.destinations.outcome import NotTaken, Status
from activation.destinations.webhook import Webhook
from activation.destinations.webhook_post import SIGNATURE, sign

Make = Callable[..., dict[str, Any]]
SHARED = Path(__file__).parents[4] / "shared"


def open_webhook(url: str, **settings: Any) -> Webhook:
    section = {"url": url, "allow_private": True} | settings
    return Webhook(section, clock=lambda: 1_790_848_801.9)


def test_the_receiver_can_verify_time_and_body(event: Make, tool: Any) -> None:
    webhook = open_webhook(tool.url, secret="shared secret")
    (payload,) = webhook.translate(event())

    webhook.deliver([payload.encoded()])
    webhook.close()

    named = tool.seen[0].headers[SIGNATURE.lower()]
    moment, signature = (part.split("=", 1)[1] for part in named.split(","))
    signed = f"{moment}.".encode() + tool.seen[0].content
    expected = hmac.new(b"shared secret", signed, hashlib.sha256).hexdigest()
    assert (moment, signature) == ("1790848801", expected)


def test_a_signature_is_what_libraries_of_stripe_verify() -> None:
    file = SHARED / "cases" / "webhook_signatures.json"
    if not file.exists():
        pytest.skip(f"recorded signatures are not at {file}")
    recorded = json.loads(file.read_text())["stripe"]
    expected = recorded["headers"]["Stripe-Signature"]
    moment = int(expected.split(",")[0].removeprefix("t="))

    assert sign(recorded["secret"], recorded["body"].encode(), moment) == expected


@pytest.mark.parametrize(
    ("answer", "status", "wait"),
    [
        (400, Status.REJECTED, None),
        (401, Status.MISCONFIGURED, None),
        (302, Status.MISCONFIGURED, None),
        (429, Status.RETRY, 7.0),
        (503, Status.RETRY, None),
    ],
)
def test_an_answer_says_whose_turn_it_is(
    event: Make, tool: Any, answer: int, status: Status, wait: float | None
) -> None:
    headers = {"retry_after": "7"} if wait else {}
    tool.answers_with(answer, **headers)
    webhook = open_webhook(tool.url)
    (payload,) = webhook.translate(event())

    with pytest.raises(NotTaken) as refusal:
        webhook.deliver([payload.encoded()])
    webhook.close()

    assert refusal.value.outcome.status is status
    assert refusal.value.outcome.retry_after_seconds == wait
