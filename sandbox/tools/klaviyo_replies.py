"""How Klaviyo words its answers: JSON:API documents and errors."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/vnd.api+json"
_USUAL = {
    400: ("invalid", "Invalid input."),
    401: ("not_authenticated", "Authentication credentials were not provided."),
    403: ("authentication_failed", "Incorrect authentication credentials."),
    404: ("not_found", "Not found."),
    409: ("duplicate_profile", "Conflict."),
    413: ("payload_too_large", "Payload too large."),
    415: ("unsupported_media_type", "Unsupported media type."),
    429: ("throttled", "Request was throttled."),
    503: ("service_unavailable", "Service unavailable."),
}


class RefusedError(Exception):
    """A request that the vendor refuses.

    Args:
        status: HTTP status.
        detail: The sentence for people.
        source: ``{"pointer": …}`` into the body or ``{"parameter": …}``.
    """

    def __init__(
        self, status: int, detail: str = "", source: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.source = dict(source or {})

    def reply(self) -> Response:
        """Return it as a JSON:API error document."""
        code, title = _USUAL.get(self.status, ("error", "A server error occurred."))
        error = {
            "id": str(uuid.uuid4()),
            "status": self.status,
            "code": code,
            "title": title,
            "detail": self.detail or title,
            "source": self.source,
            "links": {},
            "meta": {},
        }
        return answer({"errors": [error]}, self.status)


def refuse(status: int) -> Response:
    """Return the vendor's error for a status."""
    return RefusedError(status).reply()


def answer(body: Any, status: int = 200) -> Response:
    """Return a JSON:API document."""
    return JSONResponse(body, status, media_type=MEDIA_TYPE)
