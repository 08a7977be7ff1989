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
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.body import (
    MAX_REQUEST_BYTES,
    TooLarge,
    Unknown,
    events_of,
    parse,
    unzip,
    write_key_of,
)
from ingestion.collector.commit import Committer
from ingestion.collector.receive import receive

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TYPES = ("track", "identify", "page", "screen", "group", "alias")
_BATCH = ""
# Address: the type it gives to its event, or _BATCH. Segment's browser SDK has short
# ones, RudderStack's has one for beacons.
ADDRESSES: dict[str, str] = {
    **{f"/v1/{kind}": kind for kind in _TYPES},
    **{f"/v1/{kind[0]}": kind for kind in _TYPES},
    **dict.fromkeys(("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"), _BATCH),
}
_STATUS: dict[type[Rejected], int] = {TooLarge: 413, Unknown: 401}
_ALLOWED_AGE_SECONDS = b"900"
_RETRY_AFTER_SECONDS = 5.0


class Collector:
    """The ASGI application.

    Args:
        sources: Source name by write key.
        plan: The tracking plan.
        committer: Where lines go.
    """

    def __init__(
        self, sources: Mapping[str, str], plan: TrackingPlan, committer: Committer
    ) -> None:
        self._sources = sources
        self._plan = plan
        self._committer = committer

    async def __call__(self, scope: Scope, receive_: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive_, send)
            return
        headers = dict(scope["headers"])
        status, text, extra = await self._answer(scope, headers, receive_)
        body = text.encode()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", str(len(body)).encode()),
                    *_cross_origin(headers),
                    *extra,
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

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
    ) -> tuple[int, str, list[tuple[bytes, bytes]]]:
        path = scope["path"].rstrip("/")
        kind = ADDRESSES.get(path)
        if scope["method"] == "OPTIONS":
            return 200, "", []
        try:
            if path == "/ready":
                self._committer.require_ready()
            if kind is None or scope["method"] != "POST":
                return _about(path, kind)
            await self._accept(scope, headers, receive_, kind)
        except Rejected as error:
            return _STATUS.get(type(error), 400), error.message, []
        except Unavailable as error:
            wait = math.ceil(error.retry_after_seconds or _RETRY_AFTER_SECONDS)
            return 503, error.message, [(b"retry-after", str(wait).encode())]
        return 200, "OK", []

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


def _about(path: str, kind: str | None) -> tuple[int, str, list[tuple[bytes, bytes]]]:
    if path in {"/health", "/ready"}:
        return 200, "OK", []
    if kind is not None:
        return 405, "events are posted", [(b"allow", b"POST, OPTIONS")]
    return 404, "no such address; events go to /v1/batch", []


def _cross_origin(headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
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
