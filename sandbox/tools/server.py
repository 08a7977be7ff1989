"""One HTTP server for all stand-ins, each under its own prefix."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from sandbox.tools import (
    google_ads,
    google_analytics,
    hubspot,
    klaviyo_replies,
    meta,
    mixpanel,
    salesforce,
    shopify,
    stripe,
    zendesk,
)
from sandbox.tools.control import Control
from sandbox.tools.gate import Gate, Refuse
from sandbox.tools.google_ads import GoogleAds
from sandbox.tools.google_analytics import GoogleAnalytics
from sandbox.tools.hubspot import Hubspot
from sandbox.tools.klaviyo import Klaviyo
from sandbox.tools.meta import Meta
from sandbox.tools.mixpanel import Mixpanel
from sandbox.tools.salesforce import Salesforce
from sandbox.tools.shopify import Shopify
from sandbox.tools.stand import Stand
from sandbox.tools.stripe import Stripe
from sandbox.tools.zendesk import Zendesk


def make_app(stand: Stand) -> Starlette:
    """Return the application: ``/salesforce``, ``/stripe``, … and ``/_control``."""
    crm, ads = Salesforce(stand), GoogleAds(stand)
    analytics = GoogleAnalytics(stand)
    gates = [
        Gate(
            _router(crm.routes(), salesforce.refuse),
            "salesforce",
            stand.traffic,
            salesforce.refuse,
            forget_tokens=crm.forget_tokens,
            limit_status=403,
        ),
        _gate(stand, "stripe", Stripe(stand).routes(), stripe.refuse),
        _gate(stand, "zendesk", Zendesk(stand).routes(), zendesk.refuse),
        _gate(stand, "klaviyo", Klaviyo(stand).routes(), klaviyo_replies.refuse),
        _gate(stand, "mixpanel", Mixpanel(stand).routes(), mixpanel.refuse),
        _gate(stand, "google_analytics", analytics.routes(), google_analytics.refuse),
        _gate(stand, "google_ads", ads.routes(), google_ads.refuse, ads.forget_tokens),
        _gate(stand, "shopify", Shopify(stand).routes(), shopify.refuse),
        _gate(stand, "meta", Meta(stand).routes(), meta.refuse),
        _gate(stand, "hubspot", Hubspot(stand).routes(), hubspot.refuse),
    ]
    routes: list[BaseRoute] = [Mount(f"/{gate.tool}", gate) for gate in gates]
    routes += [
        Mount("/_control", routes=Control(stand).routes()),
        Route("/health", _ok),
    ]
    return Starlette(routes=routes)


def _gate(
    stand: Stand,
    tool: str,
    routes: list[Route],
    refuse: Refuse,
    forget_tokens: Callable[[], None] = lambda: None,
) -> Gate:
    router = _router(routes, refuse)
    return Gate(router, tool, stand.traffic, refuse, forget_tokens=forget_tokens)


def _router(routes: list[Route], refuse: Refuse) -> Router:
    async def not_found(_request: Request) -> Response:
        return refuse(404)

    everything = Route(
        "/{path:path}", not_found, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
    )
    return Router(routes=[*routes, everything], redirect_slashes=False)


async def _ok(_request: Request) -> Response:
    return PlainTextResponse("OK")
