"""One HTTP exchange with a tool: what is sent, and what an answer means.

Every tool differs in its bodies; in this it does not. An answer is judged here once, so
that retry policy follows the outcome and no destination keeps a list of status codes.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeVar

import httpx
import msgspec

from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.time_limit import seconds_from, within

# it would log whole addresses, and some vendors want their secret in the query
logging.getLogger("httpx").setLevel(logging.WARNING)

TIMEOUT_SECONDS = 30.0
Answer = TypeVar("Answer")
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,255}")
_NOT_OUR_FAULT = frozenset({408, 425, 429})
_OPERATORS_FAULT = frozenset({401, 402, 403, 404, 405, 407, 410, 415})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it will be sent.

    Attributes:
        method: HTTP method.
        url: Absolute address.
        headers: Without those that the HTTP client adds itself.
        content: The body.
        params: The query string.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)


def timeout_seconds() -> float:
    """Return how long a tool may take to answer: ``CDP_TIMEOUT_SECONDS``, or 30.

    Raises:
        Misconfigured: The variable is no number of seconds.
    """
    return seconds_from("CDP_TIMEOUT_SECONDS", TIMEOUT_SECONDS)


def open_client(seconds: float | None = None) -> httpx.Client:
    """Return an HTTP client; a destination keeps one, so that connections are kept.

    Args:
        seconds: How long an answer may take; the workspace's own timeout if not given.
    """
    return httpx.Client(
        timeout=seconds or timeout_seconds(), headers={"User-Agent": "headwater/0.1"}
    )


def exchange(
    client: httpx.Client, request: Request, *, readable: Collection[int] = ()
) -> httpx.Response:
    """Send a request and return an answer that the destination itself can read.

    Args:
        client: Keeps connections open.
        request: What to send.
        readable: Statuses beyond 2xx that have an answer per record.

    Raises:
        NotTaken: The tool could not be reached, or refused the whole request.
    """
    # the client's own limit is for each read: a byte a second would never reach it
    seconds = client.timeout.read or TIMEOUT_SECONDS
    try:
        response = within(2 * seconds, partial(_sent, client), request)
    except TimeoutError as error:
        reason = "no whole answer in time"
        raise NotTaken(Outcome(Status.RETRY, reason)) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        reason = f"the address is not usable ({type(error).__name__})"
        raise NotTaken(Outcome(Status.MISCONFIGURED, reason)) from error
    except (httpx.LocalProtocolError, UnicodeError) as error:
        # such as a key with a line break at its end; events never get into these
        reason = f"address or headers cannot be sent ({type(error).__name__})"
        raise NotTaken(Outcome(Status.MISCONFIGURED, reason)) from error
    except httpx.RequestError as error:
        reason = f"no answer ({type(error).__name__})"
        raise NotTaken(Outcome(Status.RETRY, reason)) from error
    if response.is_success or response.status_code in readable:
        return response
    raise NotTaken(judge(response))


def read_answer(response: httpx.Response, kind: type[Answer]) -> Answer:
    """Return what a tool answered.

    Raises:
        NotTaken: It cannot be read: what became of the records is not known.
    """
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError as error:
        reason = "the answer is not readable"
        outcome = Outcome(Status.RETRY, reason, response.status_code)
        raise NotTaken(outcome) from error


def header_key(written: str) -> str:
    """Return a key that a header can carry: the same for the same text.

    An SDK may put anything into a messageId; headers take printable ASCII.
    """
    if _PRINTABLE.fullmatch(written):
        return written
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _sent(client: httpx.Client, request: Request) -> httpx.Response:
    return client.request(
        request.method,
        request.url,
        headers=dict(request.headers),
        params=dict(request.params) or None,
        content=request.content,
    )


def judge(response: httpx.Response, reason: str = "") -> Outcome:
    """Return what an answer says about the whole request.

    Args:
        response: The answer.
        reason: The tool's own words, where the caller could read them.
    """
    code = response.status_code
    words = f"HTTP {code}{': ' + reason if reason else ''}"
    if code in _NOT_OUR_FAULT or code >= 500:
        return Outcome(Status.RETRY, words, code, retry_after(response))
    if code in _OPERATORS_FAULT or response.is_redirect or response.is_success:
        return Outcome(Status.MISCONFIGURED, words, code)
    return Outcome(Status.REJECTED, words, code)


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, given as number or as date."""
    value = str(response.headers.get("retry-after", "")).strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
