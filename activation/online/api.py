"""The online API: a plain ASGI application, no framework on the hot path.

    GET /v1/profiles/{customer_id}
    GET /v1/identities/{type}/{value}
    GET /v1/recommendations/{customer_id}
    GET /v1/recommendations?user_id=…&anonymous_id=…
    GET /v1/features/churn/{customer_id}
    GET /v1/sessions/{anonymous_id}
    GET /health, /ready

Errors are JSON: ``{"code", "message", "fix"}``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from activation.online.keys import (
    EVERYBODY,
    features_key,
    identity_key,
    profile_key,
    recommendations_key,
    session_key,
)
from activation.online.rank import rank
from activation.online.session import read_session
from activation.online.store import EPOCH_KEY, OnlineStore
from cdp.api_keys import Caller, KeyRing
from cdp.errors import Unavailable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
SCOPE = "profiles:read"
_encode = msgspec.json.Encoder().encode
_unpack = msgspec.msgpack.decode


class Problem(msgspec.Struct, frozen=True):
    """An error as the caller reads it."""

    code: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a response."""

    status: int
    body: bytes


def _problem(status: int, code: str, message: str, fix: str) -> Answer:
    return Answer(status, _encode(Problem(code, message, fix)))


_OK = Answer(200, b'{"status":"ok"}')
_NO_KEY = _problem(
    401, "unauthorised", "the API key is missing or wrong", "Send it as Bearer token"
)
_NO_SCOPE = _problem(
    403,
    "missing_scope",
    f"the API key has not the scope {SCOPE}",
    f"Add {SCOPE} to its scopes in headwater.yml",
)
_NO_PATH = _problem(
    404, "no_such_address", "there is nothing at this address", "See docs/online-api.md"
)
_NO_METHOD = _problem(405, "method_not_allowed", "this API is read", "Use GET")
_NOBODY = _problem(
    404, "not_found", "nothing is known by this id", "Check it, or run `cdp publish`"
)
_NO_ID = _problem(
    400, "id_missing", "nobody is named", "Add user_id=… or anonymous_id=…"
)
_NOT_PUBLISHED = _problem(
    503, "not_published", "the store has no content yet", "Run `cdp publish`"
)


class OnlineApi:
    """The ASGI application.

    Args:
        store: Where values are read.
        keys: Who may ask.
    """

    def __init__(self, store: OnlineStore, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys
        self._routes: dict[str, Callable[[str], Awaitable[Answer]]] = {
            "profiles": self._profile,
            "identities": self._identity,
            "recommendations": self._recommendations_of,
            "features": self._features,
            "sessions": self._session,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            answer = await self._answer(scope)
        except Unavailable as error:
            answer = _problem(503, "unavailable", error.message, error.fix or "Wait")
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(answer.body)),
                    (b"cache-control", b"no-store"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._store.aclose()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope) -> Answer:
        path: str = scope["path"]
        if path == "/health":
            return _OK
        if path == "/ready":
            return _OK if (await self._store.fetch([EPOCH_KEY]))[0] else _NOT_PUBLISHED
        if not path.startswith("/v1/"):
            return _NO_PATH
        caller = self._caller(scope)
        if caller is None:
            return _NO_KEY
        if SCOPE not in caller.scopes:
            return _NO_SCOPE
        return await self._read(scope) if scope["method"] == "GET" else _NO_METHOD

    async def _read(self, scope: Scope) -> Answer:
        # cut before decoding: an id may hold a slash
        raw = scope.get("raw_path") or scope["path"].encode()
        _, _, name, *rest = raw.decode().split("/", 3)
        if name == "recommendations" and not rest:
            return await self._recommendations_for(scope["query_string"])
        route = self._routes.get(name)
        return await route(unquote(rest[0])) if route and rest else _NO_PATH

    def _caller(self, scope: Scope) -> Caller | None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                return self._keys.caller(value)
        return None

    async def _profile(self, customer_id: str) -> Answer:
        return await self._value_at(profile_key(customer_id))

    async def _features(self, rest: str) -> Answer:
        view, _, customer_id = rest.partition("/")
        return await self._value_at(features_key(view, customer_id))

    async def _session(self, anonymous_id: str) -> Answer:
        return await self._value_at(session_key(anonymous_id))

    async def _value_at(self, key: str) -> Answer:
        (packed,) = await self._store.fetch([key])
        return _NOBODY if packed is None else Answer(200, _encode(_unpack(packed)))

    async def _identity(self, rest: str) -> Answer:
        identifier_type, _, value = rest.partition("/")
        (packed,) = await self._store.fetch([identity_key(identifier_type, value)])
        if packed is None:
            return _NOBODY
        return Answer(200, _encode({"customer_id": _unpack(packed)}))

    async def _recommendations_of(self, customer_id: str) -> Answer:
        keys = [recommendations_key(customer_id), profile_key(customer_id)]
        own, profile, popular = await self._store.fetch(
            [*keys, recommendations_key(EVERYBODY)]
        )
        if own is None and profile is None:
            return _NOBODY
        return _ranked(customer_id, own, popular, None)

    async def _recommendations_for(self, query: bytes) -> Answer:
        """Answer for whoever is there now; strangers get what is popular."""
        asked = parse_qs(query.decode("ascii", "replace"))
        user_id = asked.get("user_id", [""])[0]
        anonymous_id = asked.get("anonymous_id", [""])[0]
        if not user_id and not anonymous_id:
            return _NO_ID
        by_user, by_device, session, popular = await self._store.fetch(
            [
                identity_key("user_id", user_id),
                identity_key("anonymous_id", anonymous_id),
                session_key(anonymous_id),
                recommendations_key(EVERYBODY),
            ]
        )
        found = by_user or by_device
        customer_id = _unpack(found) if found else None
        own = None
        if customer_id is not None:
            (own,) = await self._store.fetch([recommendations_key(customer_id)])
        return _ranked(customer_id, own, popular, session)


def _ranked(
    customer_id: str | None,
    own: bytes | None,
    popular: bytes | None,
    session: bytes | None,
) -> Answer:
    if own is None and popular is None:
        return _NOT_PUBLISHED
    mine: Mapping[str, Any] = _unpack(own) if own else {}
    common: Mapping[str, Any] = _unpack(popular) if popular else {}
    visit = read_session(session)
    items = rank(mine.get("items", ()), common.get("items", ()), visit)
    body = {
        "customer_id": customer_id,
        "basis": "customer" if own else "popular",
        "is_live": visit is not None,
        "model_version": (mine or common).get("model_version"),
        "items": items,
    }
    return Answer(200, _encode(body))
