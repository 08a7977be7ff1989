"""What a request carries: who sent it, and its body as bytes and as JSON."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import msgspec

from cdp.errors import Rejected

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_DIGITS = 4300  # of a whole number: Python's own limit, and msgspec's
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_decode_json = msgspec.json.Decoder().decode


class TooLarge(Rejected):
    """The body is larger than the collector takes."""


class Unknown(Rejected):
    """The write key is missing or opens no source."""


def write_key_of(headers: Mapping[bytes, bytes], query: bytes) -> str | None:
    """Return the write key of a request: Basic user name, else ``?writeKey=``."""
    key = _basic_user(headers.get(b"authorization", b""))
    if key is None and query:
        values = parse_qs(query.decode("latin-1")).get("writeKey")
        return values[0] if values else None
    return key


@lru_cache(maxsize=1024)  # a source sends the same one with each request
def _basic_user(authorization: bytes) -> str | None:
    if authorization[:6].lower() != b"basic ":
        return None
    try:
        decoded = base64.b64decode(authorization[6:], validate=True)
    except binascii.Error:
        return None
    return decoded.partition(b":")[0].decode("utf-8", "replace") or None


def reached_at(headers: Mapping[bytes, bytes], scheme: str) -> tuple[str, str]:
    """Return scheme and host by which the sender knows us, behind a proxy too.

    Args:
        headers: Names in lower case.
        scheme: Where ``X-Forwarded-Proto`` says nothing.

    Raises:
        Rejected: The Host header is missing or no host.
    """
    host = headers.get(b"host", b"").decode("latin-1")
    if not _HOST.fullmatch(host):
        raise Rejected("the Host header is missing or no host")
    forwarded = headers.get(b"x-forwarded-proto", b"").decode("latin-1")
    nearest = forwarded.partition(",")[0].strip().lower()
    return nearest if nearest in {"http", "https"} else scheme, host


async def read_body(
    headers: Mapping[bytes, bytes], receive: Receive, limit: int
) -> bytes:
    """Return the whole body as it was sent.

    Raises:
        TooLarge: It is larger than ``limit`` bytes.
        Rejected: The sender went away before its end.
    """
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected("the body was not sent to its end")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body is larger than {limit} bytes")
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def unzip(body: bytes, limit: int) -> bytes:
    """Return the body, unzipped where it is gzip, whatever its headers say.

    Raises:
        TooLarge: It is larger than ``limit`` bytes.
        Rejected: The gzip is broken or cut short.
    """
    if body[:2] == _GZIP_MAGIC:
        inflater = zlib.decompressobj(wbits=31)
        try:
            body = inflater.decompress(body, limit + 1)
        except zlib.error as error:
            raise Rejected("the gzip body is broken") from error
        if len(body) <= limit and not inflater.eof:
            raise Rejected("the gzip body is cut short")
    if len(body) > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    return body


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body.

    Raises:
        Rejected: It is empty, no JSON, no object, or nested too deeply.
    """
    content = decode(body)
    if not isinstance(content, dict):
        raise Rejected("the body is not a JSON object")
    return content


def decode(body: bytes) -> Any:
    """Return the JSON value of a body.

    Raises:
        Rejected: It is empty, no JSON, or nested too deeply.
    """
    if not body:
        raise Rejected("the body is empty")
    try:
        return _decode(body)
    except RecursionError as error:
        raise Rejected("the body is nested too deeply") from error
    except ValueError as error:  # both decoders' own are these
        raise Rejected(f"the body is not valid JSON: {error}") from error


def _decode(body: bytes) -> Any:
    try:
        return _decode_json(body)
    except ValueError:
        if (mended := _mended(body)) is None:
            raise
    return _decode_json(mended)


def _mended(body: bytes) -> bytes | None:
    """Return a body with what no JSON holds replaced; None if it is no JSON even so.

    One value must not cost a whole batch. Bytes that are no UTF-8, and half an emoji as
    browsers cut them, become a sign of replacement. A number that JSON has not (``NaN``
    of Python's SDKs) or that is too large for any type becomes text: the tracking plan
    then judges it, in its event alone.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        content = json.loads(
            text, parse_constant=str, parse_float=_number, parse_int=_whole_number
        )
    except ValueError:
        return None
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _number(written: str) -> float | str:
    number = float(written)
    return number if math.isfinite(number) else written


def _whole_number(written: str) -> int | str:
    return int(written) if len(written) <= _MOST_DIGITS else written


def events_of(content: dict[str, Any], limit: int, *, is_batch: bool) -> list[Any]:
    """Return the events of a body; an address for single events takes a batch too.

    Raises:
        TooLarge: There are more than ``limit``.
        Rejected: The batch is missing or empty.
    """
    if not is_batch and "batch" not in content:
        return [content]
    batch = content.get("batch")
    if not isinstance(batch, list) or not batch:
        raise Rejected("the batch is empty or no list")
    if len(batch) > limit:
        raise TooLarge(f"the batch has more than {limit} events")
    return batch
