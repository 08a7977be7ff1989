"""Telling a vendor's answers from what is none, and saying whose turn it is.

A sign-in page, a proxy and a wrong address answer too. What they say must not be taken
for a list of no records: it would count as a complete load.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import requests

from cdp.errors import CdpError, Misconfigured, Rejected, Unavailable
from cdp.settings import WORKSPACE_FILE

ATTEMPTS = 7
_REASON_LENGTH = 200
_ERRORS = frozenset({"error", "errors"})
# what may hold the words of a vendor about a refusal, the most telling first
_WORDS = ("message", "detail", "error_description", "description", "title", "errors")
# vendors repeat tokens and ids in their words
_LOOKS_SECRET = re.compile(r"(?=[\w.|*~+/=-]*[\d*])[\w.|*~+=-]{16,}")


def checked(expected: str) -> Callable[..., None]:
    """Return the hook that lets only answers of the vendor pass.

    Args:
        expected: The field that each of them has; "" where it may be left out.
    """

    def check(response: requests.Response, **_: Any) -> None:
        response.raise_for_status()
        if response.is_redirect:
            return
        answer = _json_of(response)
        if isinstance(answer, dict) and (
            expected in answer if expected else _ERRORS.isdisjoint(answer)
        ):
            return
        raise Unavailable(
            f"answered without {expected!r}" if expected else "answered with no list",
            place=path_of(response),
            fix=f"Load again later; if it stays, check the url in {WORKSPACE_FILE}",
        )

    return check


def refusal(response: requests.Response, place: str) -> CdpError:
    """Return what an answer of 400 and above means.

    Args:
        response: The answer.
        place: The vendor's API.
    """
    status, path = response.status_code, path_of(response)
    if "REQUEST_LIMIT_EXCEEDED" in response.text or status == 429 or status >= 500:
        return Unavailable(
            f"answered {status} to {ATTEMPTS} attempts",
            place=path,
            fix="Load again later; it goes on where it was",
        )
    reason = reason_of(response)
    if status == HTTPStatus.NOT_FOUND:
        return Misconfigured(
            f"there is nothing at this address (404{reason})",
            place=path,
            fix=f"Check this source's address and ids in {WORKSPACE_FILE}",
        )
    if status == HTTPStatus.UNAUTHORIZED or path.endswith("/token"):
        return Misconfigured(
            f"the credentials are refused ({status})",
            place=place,
            fix=f"Check this source's credentials in {WORKSPACE_FILE}",
        )
    if status == HTTPStatus.FORBIDDEN:
        return Misconfigured(
            f"the credentials do not reach so far (403{reason})",
            place=path,
            fix="Give them what docs/sources/ says that this source needs",
        )
    return Rejected(f"the request is refused ({status}{reason})", place=path)


def reason_of(response: requests.Response) -> str:
    """Return the vendor's own words after a comma, without ids; "" for none."""
    try:
        words = _words_of(response.json())
    except ValueError:
        return ""
    words = _LOOKS_SECRET.sub("…", " ".join(words.split()))
    return f", {words[:_REASON_LENGTH].rstrip('.')}" if words else ""


def path_of(response: requests.Response) -> str:
    """Return what was asked, without the query."""
    return response.url.partition("?")[0]


def _json_of(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        if "json" in response.headers.get("Content-Type", ""):
            # it broke off: worth asking again
            raise requests.exceptions.ChunkedEncodingError("no JSON") from error
        raise Misconfigured(
            "answered with something that is no JSON, perhaps a page to sign in",
            place=path_of(response),
            fix=f"Check this source's url in {WORKSPACE_FILE}",
        ) from error


def _words_of(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return next(filter(None, map(_words_of, answer)), "")
    if isinstance(answer, dict):
        named = (answer[name] for name in (*_WORDS, "error") if name in answer)
        return next(filter(None, map(_words_of, named)), "")
    return ""
