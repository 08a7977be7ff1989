from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cdp.errors import Rejected
from cdp.tracking_plan import load_plan
from ingestion.collector.answer import Answer
from ingestion.collector.app import Collector
from ingestion.collector.body import Unknown
from ingestion.collector.commit import Committer
from ingestion.collector.pressure import Rates
from ingestion.collector.receive import Lines, receive
from ingestion.collector.webhook import WebhookRequest
from ingestion.event_log import read

PLAN = load_plan(Path(__file__).parents[3] / "tracking_plan")
EVENT = {"type": "track", "event": "signed_in", "userId": "u1", "messageId": "hook-1"}


class Hook:
    """Takes what says it is signed, and keeps the request."""

    def receive(self, request: WebhookRequest) -> Lines:
        self.request = request
        if request.headers.get("x-signature") != "good":
            raise Unknown("the signature is wrong")
        if request.body == b"?":
            raise Rejected("this cannot be read")
        lines = receive([EVENT], None, "shop", {}, PLAN)
        answer = Answer(200, b"<Ack/>", b"text/xml")
        return Lines(lines.accepted, lines.quarantined, lines.message_ids, answer)


def ask(folder: Path, *requests: dict[str, Any]) -> tuple[Hook, list[httpx.Response]]:
    hook = Hook()

    async def send() -> list[httpx.Response]:
        committer = Committer(folder)
        app = Collector(
            {"key": "web"}, PLAN, committer, {"shop": hook}, Rates({"shop": 1})
        )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://inside:8080"
        ) as client:
            answers = [await client.request(**request) for request in requests]
        await committer.close()
        return answers

    return hook, asyncio.run(send())


def request(**changes: Any) -> dict[str, Any]:
    headers = {"X-Signature": "good", "X-Forwarded-Proto": "https", "Host": "cdp.shop"}
    return {
        "method": "POST",
        "url": "/v1/webhook/shop?a=1&a=2&b=",
        "content": b"\x1f\x8braw",
        "headers": headers,
    } | changes


def test_a_webhook_gets_the_request_as_it_was_signed_and_says_what_is_answered(
    tmp_path: Path,
) -> None:
    hook, (answer, *_) = ask(tmp_path, request())
    assert hook.request.method == "POST"
    assert hook.request.url == "https://cdp.shop/v1/webhook/shop?a=1&a=2&b="
    assert hook.request.query == {"a": "2", "b": ""}
    assert hook.request.body == b"\x1f\x8braw"
    assert (answer.status_code, answer.content) == (200, b"<Ack/>")
    assert answer.headers["content-type"] == "text/xml"
    kept = [json.loads(line) for *_, line in read(tmp_path, "accepted", {}, 1 << 20)]
    assert [line["messageId"] for line in kept] == ["hook-1"]


REFUSED = {
    "signature": ({"headers": {"Host": "cdp.shop"}}, 401, "the signature is wrong"),
    "unreadable": ({"content": b"?"}, 400, "this cannot be read"),
    "no such source": ({"url": "/v1/webhook/nobody"}, 404, "no webhook source"),
    "put": ({"method": "PUT"}, 405, "webhooks are posted"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_webhook_leaves_nothing_in_the_log(tmp_path: Path, name: str) -> None:
    changes, status, text = REFUSED[name]
    _, (answer,) = ask(tmp_path, request(**changes))
    assert answer.status_code == status
    assert text in answer.text
    assert list(read(tmp_path, "accepted", {}, 1 << 20)) == []


def test_a_webhook_has_a_rate_too(tmp_path: Path) -> None:
    _, answers = ask(tmp_path, request(), request(), request())
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_the_version_is_answered(tmp_path: Path) -> None:
    _, (answer, head) = ask(
        tmp_path,
        {"method": "GET", "url": "/version"},
        {"method": "HEAD", "url": "/health"},
    )
    assert answer.json()["name"] == "headwater"
    assert answer.headers["content-type"] == "application/json"
    assert head.status_code == 200
