"""The collector's HTTP side: a plain ASGI application, no framework on the hot path.

Answers as the SDKs expect (recorded from six of them): exactly 200 with ``OK`` when the
events are on disk; plain text on errors, because one SDK retries a 400 whose body is
JSON without a code; content types are ignored, because two SDKs send JSON as something
else; ``Retry-After`` is exposed to browsers, or they do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from cdp.errors import Rejected, Unavailable
from cdp.event import EVENT_TYPES
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.answer import OK, Answer, Header, as_json, in_words
from ingestion.collector.body import (
    MAX_REQUEST_BYTES,
    TooLarge,
    Unknown,
    events_of,
    parse,
    reached_at,
    unzip,
    write_key_of,
)
from ingestion.collector.commit import Committer
from ingestion.collector.pages import Health, Page, Question
from ingestion.collector.receive import receive
from ingestion.collector.sdk_settings import NoProject, SdkSettings
from ingestion.collector.webhook import PREFIX, Webhook, webhook_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_BATCH = ""
# Address: the type it gives to its event, or _BATCH. Segment's browser SDK has short
# ones, RudderStack's has one for beacons.
ADDRESSES: dict[str, str] = {
    **{f"/v1/{kind}": kind for kind in EVENT_TYPES},
    **{f"/v1/{kind[0]}": kind for kind in EVENT_TYPES - {"merge"}},
    **dict.fromkeys(("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"), _BATCH),
}
_STATUS: dict[type[Rejected], int] = {TooLarge: 413, Unknown: 401, NoProject: 404}
_ALLOWED_AGE_SECONDS = b"900"
_RETRY_AFTER_SECONDS = 5.0


class Collector:
    """The ASGI application.

    Args:
        sources: Source name by write key.
        plan: The tracking plan.
        committer: Where lines go.
        webhooks: By the name of their source, as in ``/v1/webhook/<source>``.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        plan: TrackingPlan,
        committer: Committer,
        webhooks: Mapping[str, Webhook] | None = None,
    ) -> None:
        self._sources = sources
        self._plan = plan
        self._committer = committer
        self._webhooks = webhooks or {}
        settings = SdkSettings(sources, plan)
        # What is asked with GET; the first that knows the answer gives it.
        self._pages: tuple[Page, ...] = (
            Health(committer.require_ready),
            lambda asked: _found(
                settings.answer(asked.path, asked.query, asked.headers, asked.scheme)
            ),
        )

    async def __call__(self, scope: Scope, receive_: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive_, send)
            return
        headers = dict(scope["headers"])
        answer = await self._answer(scope, headers, receive_)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [
                    (b"content-type", answer.content_type),
                    (b"content-length", str(len(answer.body)).encode()),
                    *_cross_origin(headers),
                    *answer.headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _live(self, receive_: Receive, send: Send) -> None:
        while True:
            message = await receive_()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._committer.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive_: Receive
    ) -> Answer:
        path = scope["path"].rstrip("/")
        kind = ADDRESSES.get(path)
        try:
            if kind is not None and scope["method"] == "POST":
                await self._accept(scope, headers, receive_, kind)
                return OK
            if scope["method"] == "OPTIONS":
                return Answer(200, b"")
            if path.startswith(PREFIX):
                return await self._hook(scope, headers, receive_)
            return self._page(scope, headers, path)
        except Rejected as error:
            return in_words(_STATUS.get(type(error), 400), error.message)
        except Unavailable as error:
            wait = math.ceil(error.retry_after_seconds or _RETRY_AFTER_SECONDS)
            return in_words(503, error.message, (b"retry-after", str(wait).encode()))

    def _page(self, scope: Scope, headers: Mapping[bytes, bytes], path: str) -> Answer:
        if scope["method"] in {"GET", "HEAD"}:
            asked = Question(path, scope["query_string"], headers, scope["scheme"])
            for page in self._pages:
                if answer := page(asked):
                    return answer
        if path in ADDRESSES:
            return in_words(405, "events are posted", (b"allow", b"POST, OPTIONS"))
        return in_words(404, "no such address; events go to /v1/batch")

    async def _hook(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive_: Receive
    ) -> Answer:
        name = scope["path"].removeprefix(PREFIX).rstrip("/")
        webhook = self._webhooks.get(name)
        if webhook is None:
            return in_words(404, "no webhook source has this name")
        if scope["method"] not in {"GET", "POST"}:
            return in_words(405, "webhooks are posted", (b"allow", b"GET, POST"))
        body = await _body(headers, receive_)
        sent_to = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        scheme, host = reached_at(headers, scope["scheme"])
        url = (scheme, host, sent_to, scope["query_string"])
        request = webhook_request(scope["method"], url, headers, body)
        lines = webhook.receive(request)
        await self._committer.commit(lines.accepted, lines.quarantined)
        return lines.answer

    async def _accept(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive_: Receive,
        kind: str,
    ) -> None:
        key = write_key_of(headers, scope["query_string"])
        if key is not None and key not in self._sources:
            raise Unknown("unknown write key")
        content = parse(unzip(await _body(headers, receive_)))
        if key is None:
            key = content.get("writeKey")
        source_id = self._sources.get(key) if isinstance(key, str) else None
        if source_id is None:
            raise Unknown("unknown write key" if key else "no write key was sent")
        events = events_of(content, is_batch=kind == _BATCH)
        lines = receive(
            events,
            kind if events[0] is content else None,
            source_id,
            content,
            self._plan,
        )
        await self._committer.commit(lines.accepted, lines.quarantined)


async def _body(headers: Mapping[bytes, bytes], receive_: Receive) -> bytes:
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > MAX_REQUEST_BYTES:
        raise TooLarge(f"the body is larger than {MAX_REQUEST_BYTES} bytes")
    chunks, size = [], 0
    while True:
        message = await receive_()
        if message["type"] == "http.disconnect":
            raise Rejected("the body was not sent to its end")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_REQUEST_BYTES:
            raise TooLarge(f"the body is larger than {MAX_REQUEST_BYTES} bytes")
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _found(content: Any) -> Answer | None:
    return None if content is None else as_json(content)


def _cross_origin(headers: Mapping[bytes, bytes]) -> list[Header]:
    """Return the headers that let a page of any site send events and read the wait."""
    origin = headers.get(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (
            b"access-control-allow-headers",
            headers.get(b"access-control-request-headers", b"authorization"),
        ),
        (b"access-control-expose-headers", b"Retry-After"),
        (b"access-control-max-age", _ALLOWED_AGE_SECONDS),
        (b"vary", b"Origin"),
    ]
