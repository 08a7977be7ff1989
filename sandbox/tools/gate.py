"""The gate before each stand-in: it counts, slows down, refuses and breaks off."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.tools.changed_answers import changed
from sandbox.tools.traffic import Fault, Seen, Traffic

Refuse = Callable[[int], Response]


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets requests through to one stand-in, or answers in its vendor's manner.

    Attributes:
        app: The stand-in.
        tool: Its name.
        traffic: Faults, limits and counts.
        refuse: Makes the vendor's error for a status.
        forget_tokens: Makes every token that was given out invalid.
        limit_status: What the vendor answers to too many requests.
    """

    app: ASGIApp
    tool: str
    traffic: Traffic
    refuse: Refuse
    forget_tokens: Callable[[], None] = lambda: None
    limit_status: int = 429

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        self.traffic.note(self.tool, _seen(scope))
        wait_seconds = self.traffic.seconds_to_wait(self.tool)
        if wait_seconds > 0:
            retry_after = math.ceil(wait_seconds)
            answer = self._refusal(self.limit_status, retry_after)
            await answer(scope, receive, send)
            return
        fault = self.traffic.next_fault(self.tool, scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await self._meet(fault, scope, receive, send)

    async def _meet(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if fault.kind == "status":
            answer = self._refusal(fault.status, fault.retry_after)
            await answer(scope, receive, send)
            return
        if fault.kind == "token_expired":
            self.forget_tokens()
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "reject_records":
            scope = {**scope, "rejects": fault}
        if fault.kind == "half_page":
            await self._break_off(scope, receive, send)
        elif fault.kind in {"schema_change", "late_rows"}:
            await self._change(fault, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, status: int, retry_after: float | None) -> Response:
        self.traffic.refused[self.tool] += 1
        answer = self.refuse(status)
        if retry_after is not None and status != 403:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    async def _break_off(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of what was promised, and let the server cut the connection."""
        self.traffic.refused[self.tool] += 1
        start, body = await self._answer(scope, receive)
        await send(start)
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})

    async def _change(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send what the vendor would send after a change on its side."""
        start, body = await self._answer(scope, receive)
        body = changed(body, fault)
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self.app(scope, receive, keep)
        return parts[0], b"".join(part.get("body", b"") for part in parts[1:])


def _seen(scope: Scope) -> Seen:
    headers = {
        name.decode(): value.decode("latin-1") for name, value in scope["headers"]
    }
    for secret in ("authorization", "x-shopify-access-token"):
        headers.pop(secret, None)
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return Seen(scope["method"], path, scope["query_string"].decode(), headers)
