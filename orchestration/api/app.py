"""The workspace API: a Starlette application over the table of addresses.

The file is read again when it changes, keys included: a key that is taken out of it
stops working at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cdp.api_keys import KeyRing, load_keys
from cdp.errors import CdpError, Misconfigured, Rejected
from cdp.settings import WORKSPACE_FILE, Settings, load_settings
from orchestration.api.bodies import Failure
from orchestration.api.openapi import openapi_document
from orchestration.api.routes import ADDRESSES, SCOPES, Address
from orchestration.api.views import NoSuchName

_JSON = "application/json"
_encode = msgspec.json.Encoder().encode
_Endpoint = Callable[[Request], Response]


class WorkspaceFile:
    """The workspace as its file says now, and who may ask.

    Args:
        environment: What references are resolved from.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._settings = load_settings(environment)
        self._file = self._settings.project_dir / WORKSPACE_FILE
        self._read_as = self._version()
        self._keys = load_keys(self._settings, SCOPES)

    def current(self) -> tuple[Settings, KeyRing]:
        """Return the settings and the keys.

        Raises:
            Misconfigured: The file cannot be read as it is now.
        """
        with self._lock:
            version = self._version()
            if version != self._read_as:
                settings = load_settings(self._environment)
                self._keys = load_keys(settings, SCOPES)
                self._settings, self._read_as = settings, version
            return self._settings, self._keys

    def _version(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError as error:
            raise Misconfigured("cannot be read", place=str(self._file)) from error
        return found.st_mtime_ns, found.st_size


def workspace_api(environment: Mapping[str, str]) -> Starlette:
    """Return the application.

    Args:
        environment: As for ``cdp.settings.load_settings``.

    Raises:
        Misconfigured: There is no workspace, or nobody has a key that may ask.
    """
    file = WorkspaceFile(environment)
    document = _encode(openapi_document())
    routes = [
        Route("/health", lambda _: Response(b'{"status":"ok"}', media_type=_JSON)),
        Route("/openapi.json", lambda request: _tagged(request, document)),
        *(Route(one.path, _endpoint(file, one), methods=["GET"]) for one in ADDRESSES),
    ]
    handlers = {HTTPException: _no_address, CdpError: _failed, Exception: _broken}
    return Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]


def _endpoint(file: WorkspaceFile, address: Address) -> _Endpoint:
    def endpoint(request: Request) -> Response:
        settings, keys = file.current()
        refusal = _refusal(request, keys, address.scope)
        if refusal is not None:
            return refusal
        asked = {**request.query_params, **request.path_params}
        return _tagged(request, _encode(address.answer(settings, asked)))

    return endpoint


def _refusal(request: Request, keys: KeyRing, scope: str) -> Response | None:
    sent = request.headers.get("authorization", "").encode("latin-1")
    caller = keys.caller(sent)
    if caller is None:
        message = "the API key is missing or wrong"
        response = _failure(401, "unauthorised", message, "Send it as Bearer token")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    if scope not in caller.scopes:
        message = f"the API key has not the scope {scope}"
        fix = f"Add {scope} to keys.{caller.name}.scopes in {WORKSPACE_FILE}"
        return _failure(403, "missing_scope", message, fix)
    return None


def _tagged(request: Request, body: bytes) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    sent = request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in sent.split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=_JSON, headers=headers)


def _failure(status: int, code: str, message: str, fix: str) -> Response:
    body = _encode(Failure(code, message, fix))
    headers = {"Cache-Control": "no-store"}
    return Response(body, status, media_type=_JSON, headers=headers)


def _failed(_: Request, error: CdpError) -> Response:
    if isinstance(error, NoSuchName):
        return _failure(404, "not_found", error.message, error.fix)
    if isinstance(error, Rejected):
        return _failure(400, "not_understood", error.message, error.fix)
    code = "misconfigured" if isinstance(error, Misconfigured) else "unavailable"
    message = f"{error.place}: {error.message}" if error.place else error.message
    return _failure(503, code, message, error.fix or "See `cdp check`")


def _no_address(_: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response = _failure(405, "method_not_allowed", "this API is read", "Use GET")
        response.headers["Allow"] = "GET, HEAD"
        return response
    message = "there is nothing at this address"
    return _failure(error.status_code, "no_such_address", message, "See /openapi.json")


def _broken(_: Request, __: Exception) -> Response:
    message = "the answer could not be made"
    return _failure(500, "internal_error", message, "See the log of `cdp api`")
