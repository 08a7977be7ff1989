"""The stand-ins' own controls: faults, rate limits, counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.conversions import COUNTING, order_ids
from sandbox.tools.stand import Stand
from sandbox.tools.traffic import FAULT_KINDS, TOOLS, Fault

_FAULT_FIELDS = frozenset(field.name for field in fields(Fault))


@dataclass(frozen=True, slots=True)
class Control:
    """What tests and a person at the demo can do to the stand-ins."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths under ``/_control``."""
        posts = {
            "faults": self.inject,
            "limits": self.limit,
            "removed_fields": self.remove_fields,
            "reset": self.reset,
        }
        routes = [Route(f"/{path}", do, methods=["POST"]) for path, do in posts.items()]
        reads = [Route("/counts", self.count), Route("/orders", self.list_orders)]
        return [*routes, *reads]

    async def inject(self, request: Request) -> Response:
        """Show a fault to the next requests."""
        body = await request.json()
        tool, kind = body.pop("tool", None), body.get("kind")
        count, after = body.pop("count", 1), body.pop("after", 0)
        if tool not in TOOLS or kind not in FAULT_KINDS or set(body) - _FAULT_FIELDS:
            return _explain()
        self.stand.traffic.inject(tool, Fault(**body), count=count, after=after)
        return JSONResponse({"ok": True})

    async def limit(self, request: Request) -> Response:
        """Set a rate limit."""
        body: dict[str, Any] = await request.json()
        per_second, burst = (
            float(body.get("per_second", 0)),
            float(body.get("burst", 1)),
        )
        self.stand.traffic.limit(body["tool"], per_second, burst)
        return JSONResponse({"ok": True})

    async def remove_fields(self, request: Request) -> Response:
        """Take fields out of the CRM, as an administrator does who renames them."""
        self.stand.traffic.removed_fields = set(await request.json())
        return JSONResponse({"ok": True})

    async def count(self, _request: Request) -> Response:
        """Answer requests, refusals, writes, distinct keys and duplicates by tool."""
        return JSONResponse({tool: self.stand.counts(tool) for tool in TOOLS})

    async def list_orders(self, _request: Request) -> Response:
        """Answer the ids of the orders that each tool counts as conversions."""
        store = self.stand.store
        return JSONResponse({tool: sorted(order_ids(store, tool)) for tool in COUNTING})

    async def reset(self, _request: Request) -> Response:
        """Forget faults, limits and counts."""
        self.stand.traffic.reset()
        return JSONResponse({"ok": True})


def _explain() -> Response:
    message = f"tool: one of {', '.join(TOOLS)}; kind: one of {', '.join(FAULT_KINDS)}"
    return JSONResponse(
        {"error": f"{message}; {', '.join(sorted(_FAULT_FIELDS))}"}, 400
    )
