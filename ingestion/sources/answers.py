"""Telling a vendor's answers from what is none, and saying whose turn it is.

A sign-in page, a proxy and a wrong address answer too. What they say must not be taken
for a list of no records: it would count as a complete load.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import requests
from dlt.common import jsonpath
from dlt.sources.helpers.rest_client.detector import find_response_page_data
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException

from cdp.errors import CdpError, Misconfigured, Rejected, Unavailable
from cdp.settings import WORKSPACE_FILE

ATTEMPTS = 7
_REASON_LENGTH = 200
_ERRORS = frozenset({"error", "errors"})
_EACH = re.compile(r"(\[\*\]|\.\*)$")
# what may hold the words of a vendor about a refusal, the most telling first
_WORDS = ("message", "detail", "error_description", "description", "title", "errors")
# vendors repeat tokens and ids in their words
_LOOKS_SECRET = re.compile(r"(?=[\w.|*~+/=-]*[\d*])[\w.|*~+=-]{16,}")


def checked(expected: str) -> Callable[..., None]:
    """Return the hook that lets only answers of the vendor pass.

    Args:
        expected: The field that each of them has; "" where it may be left out.
    """

    def holds(answer: Any) -> bool:
        return isinstance(answer, dict) and (
            expected in answer if expected else _ERRORS.isdisjoint(answer)
        )

    lack = f"without {expected!r}" if expected else "with no list"
    return _only(holds, lack, "the url")


def checked_list(
    selector: str | None, *, may_be_gone: bool = False
) -> Callable[..., None]:
    """Return the hook that lets only answers pass which have records in this place.

    Args:
        selector: JSON path of the records; None for the place where dlt finds a list.
        may_be_gone: An address with nothing at it has no records.
    """

    def holds(answer: Any) -> bool:
        if selector is not None and selector != "$":
            # an empty list has none of what data[*] leads to, and is a list
            return bool(jsonpath.find_values(_EACH.sub("", selector) or "$", answer))
        if isinstance(answer, dict) and any(answer.get(one) for one in _ERRORS):
            return False
        return selector is not None or isinstance(
            find_response_page_data(answer)[1], list
        )

    lack = f"without {selector!r}" if selector else "with no list"
    only = _only(holds, lack, "its url and data_selector")

    def check(response: requests.Response, **options: Any) -> None:
        if may_be_gone and response.status_code == HTTPStatus.NOT_FOUND:
            response.close()  # nobody reads it any more
            raise IgnoreResponseException
        only(response, **options)

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
    if status == HTTPStatus.UNAUTHORIZED or _asks_for_a_token(response):
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


def _only(
    holds: Callable[[Any], bool], lack: str, declared: str
) -> Callable[..., None]:
    def check(response: requests.Response, **_: Any) -> None:
        _state_whole_seconds(response)
        response.raise_for_status()
        if response.is_redirect or holds(_json_of(response)):
            return
        raise Unavailable(
            f"answered {lack}",
            place=path_of(response),
            fix=f"Load again later; if it stays, check {declared} in {WORKSPACE_FILE}",
        )

    return check


def _state_whole_seconds(response: requests.Response) -> None:
    """Round up ``Retry-After: 2.0``: dlt reads whole seconds alone as a time."""
    stated = response.headers.get("Retry-After", "")
    if stated.replace(".", "", 1).isdecimal():
        response.headers["Retry-After"] = str(math.ceil(float(stated)))


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


def _asks_for_a_token(response: requests.Response) -> bool:
    body = getattr(response.request, "body", None) or ""
    return "grant_type=" in str(body) or path_of(response).endswith("/token")


def _words_of(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return next(filter(None, map(_words_of, answer)), "")
    if isinstance(answer, dict):
        named = (answer[name] for name in (*_WORDS, "error") if name in answer)
        return next(filter(None, map(_words_of, named)), "")
    return ""
