"""The collector's HTTP side: a plain ASGI application, no framework on the hot path.

Answers as the SDKs expect (recorded from six of them): exactly 200 with ``OK`` when the
events are on disk; plain text on errors, because one SDK retries a 400 whose body is
JSON without a code; content types are ignored, because two SDKs send JSON as something
else; ``Retry-After`` is exposed to browsers, or they do not see it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any

from cdp.errors import Rejected, Unavailable
from cdp.event import EVENT_TYPES
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.answer import (
    OK,
    Answer,
    as_json,
    cross_origin,
    in_words,
)
from ingestion.collector.body import (
    Receive,
    TooLarge,
    Unknown,
    events_of,
    parse,
    reached_at,
    read_body,
    unzip,
    write_key_of,
)
from ingestion.collector.commit import Committer
from ingestion.collector.pages import Health, Page, Question
from ingestion.collector.pixel import IMAGE, PIXELS, Unreadable, event_of, fields_of
from ingestion.collector.pressure import Rates, TooMany
from ingestion.collector.receive import receive, set_apart
from ingestion.collector.sdk_settings import NoProject, SdkSettings
from ingestion.collector.webhook import PREFIX, Webhook, webhook_request

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Mapping[bytes, bytes]

_BATCH = ""
# Address: the type it gives to its event, or _BATCH. Segment's browser SDK has short
# ones, RudderStack's has one for beacons.
ADDRESSES: dict[str, str] = {
    **{f"/v1/{kind}": kind for kind in EVENT_TYPES},
    **{f"/v1/{kind[0]}": kind for kind in EVENT_TYPES - {"merge"}},
    **dict.fromkeys(("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"), _BATCH),
}
_STATUS: dict[type[Exception], int] = {TooLarge: 413, Unknown: 401, NoProject: 404}
_RETRY_AFTER_SECONDS = 5.0


class Collector:
    """The ASGI application.

    Args:
        sources: Source name by write key.
        plan: The tracking plan.
        committer: Where lines go, and the limits.
        webhooks: By the name of their source, as in ``/v1/webhook/<source>``.
        rates: How much each source may send; without it as much as it likes.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        plan: TrackingPlan,
        committer: Committer,
        webhooks: Mapping[str, Webhook] | None = None,
        rates: Rates | None = None,
    ) -> None:
        self._sources = sources
        self._committer = committer
        self._limits = committer.limits
        self._rates = rates or Rates({})
        self._beside: Coroutine[Any, Any, None] | None = None
        self.renew(plan, webhooks or {})

    def renew(self, plan: TrackingPlan, webhooks: Mapping[str, Webhook]) -> None:
        """Hold what comes from now on against this plan."""
        self._plan, self._webhooks = plan, webhooks
        settings = SdkSettings(self._sources, plan)
        # What is asked with GET; the first that knows the answer gives it.
        self._pages: tuple[Page, ...] = (
            Health(self._committer.require_ready),
            lambda asked: _found(
                settings.answer(asked.path, asked.query, asked.headers, asked.scheme)
            ),
        )

    def while_serving(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside answering, from start to end."""
        self._beside = work

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
                    *cross_origin(headers),
                    *answer.headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _live(self, receive_: Receive, send: Send) -> None:
        working: asyncio.Task[None] | None = None
        while True:
            message = await receive_()
            if message["type"] == "lifespan.startup":
                if self._beside is not None:
                    working = asyncio.create_task(self._beside)
                await send({"type": "lifespan.startup.complete"})
            else:
                if working is not None:
                    working.cancel()
                await self._committer.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(
        self, scope: Scope, headers: Headers, receive_: Receive
    ) -> Answer:
        try:
            return await self._take(scope, headers, receive_)
        except Rejected as error:
            return in_words(_STATUS.get(type(error), 400), error.message)
        except Unavailable as error:
            wait = math.ceil(error.retry_after_seconds or _RETRY_AFTER_SECONDS)
            status = 429 if isinstance(error, TooMany) else 503
            retry_after = (b"retry-after", str(wait).encode())
            return in_words(status, error.message, retry_after)

    async def _take(self, scope: Scope, headers: Headers, receive_: Receive) -> Answer:
        path, method = scope["path"].rstrip("/"), scope["method"]
        kind = ADDRESSES.get(path)
        if kind is not None and method == "POST":
            return await self._accept(scope, headers, receive_, kind)
        if method == "OPTIONS":
            return Answer(200, b"")
        if path in PIXELS and method == "GET":
            return await self._see(scope, headers, PIXELS[path])
        if path.startswith(PREFIX):
            return await self._hook(scope, headers, receive_)
        return self._page(scope, headers, path)

    def _page(self, scope: Scope, headers: Headers, path: str) -> Answer:
        if scope["method"] in {"GET", "HEAD"}:
            asked = Question(path, scope["query_string"], headers, scope["scheme"])
            for page in self._pages:
                if answer := page(asked):
                    return answer
        if path in ADDRESSES:
            return in_words(405, "events are posted", (b"allow", b"POST, OPTIONS"))
        return in_words(404, "no such address; events go to /v1/batch")

    async def _accept(
        self, scope: Scope, headers: Headers, receive_: Receive, kind: str
    ) -> Answer:
        key, source_id = write_key_of(headers, scope["query_string"]), ""
        if key is not None:
            source_id = self._admit(key)
        body = await read_body(headers, receive_, self._limits.request_bytes)
        content = parse(unzip(body, self._limits.request_bytes))
        if key is None:
            source_id = self._admit(content.get("writeKey"))
        events = events_of(content, self._limits.batch_events, is_batch=kind == _BATCH)
        self._rates.take(source_id, len(events))
        event_type = kind if events[0] is content else None
        lines = receive(
            events, event_type, source_id, content, self._plan, self._limits
        )
        await self._committer.commit(lines)
        return OK

    def _admit(self, key: Any) -> str:
        """Return the source of a write key, if events of it would be taken now."""
        source_id = self._sources.get(key) if isinstance(key, str) else None
        if source_id is None:
            raise Unknown("unknown write key" if key else "no write key was sent")
        self._committer.require_ready()
        self._rates.require(source_id)
        return source_id

    async def _see(self, scope: Scope, headers: Headers, kind: str) -> Answer:
        fields = fields_of(scope["query_string"])
        key = write_key_of(headers, b"") or fields.pop("writeKey", None)
        unreadable: Unreadable | None = None
        try:
            event: dict[str, Any] = event_of(fields, headers.get(b"user-agent"))
        except Unreadable as error:
            event, unreadable = dict(fields), error
        inner_key = event.pop("writeKey", None)
        source_id = self._admit(key or inner_key)
        self._rates.take(source_id, 1)
        if unreadable is not None:
            place, message = unreadable.place, unreadable.message
            lines = set_apart(event, kind, source_id, place, message)
        else:
            lines = receive([event], kind, source_id, {}, self._plan, self._limits)
        await self._committer.commit(lines)
        return IMAGE

    async def _hook(self, scope: Scope, headers: Headers, receive_: Receive) -> Answer:
        name = scope["path"].removeprefix(PREFIX).rstrip("/")
        webhook = self._webhooks.get(name)
        if webhook is None:
            return in_words(404, "no webhook source has this name")
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return in_words(405, "webhooks are posted", (b"allow", b"GET, HEAD, POST"))
        self._committer.require_ready()
        self._rates.require(name)
        body = await read_body(headers, receive_, self._limits.request_bytes)
        sent_to = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        scheme, host = reached_at(headers, scope["scheme"])
        url = (scheme, host, sent_to, scope["query_string"])
        lines = webhook.receive(webhook_request(scope["method"], url, headers, body))
        self._rates.take(name, len(lines.accepted) + len(lines.quarantined))
        await self._committer.commit(lines)
        return lines.answer


def _found(content: Any) -> Answer | None:
    return None if content is None else as_json(content)
