"""Which profiles a Klaviyo account has, asked for by what they are matched by.

Source: https://developers.klaviyo.com/en/reference/get_profiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from activation.destinations.exchange import Request, exchange, read_answer
from activation.destinations.klaviyo_api import Account
from activation.destinations.outcome import NotTaken
from activation.values import encode

ASKED_AT_ONCE = 50
_TRIES = 5
_LONGEST_WAIT_SECONDS = 60.0


class _Profile(msgspec.Struct, frozen=True):
    id: str
    attributes: dict[str, Any] = {}


class _Page(msgspec.Struct, frozen=True):
    data: list[_Profile]


def question(account: Account, field: str, values: Sequence[str]) -> Request:
    """Return the request that asks for up to fifty profiles.

    Args:
        account: Whose profiles.
        field: The identifier that they are asked for by.
        values: Its values.
    """
    query = {
        "filter": f"any({field},{encode(list(values)).decode()})",
        "fields[profile]": field,
        "page[size]": "100",
    }
    return account.get(f"{account.url}/api/profiles?{urlencode(query)}")


def find_profiles(
    client: httpx.Client,
    account: Account,
    field: str,
    values: Sequence[str],
    sleep: Callable[[float], object],
) -> dict[str, str]:
    """Return Klaviyo's ids of the profiles that it has, by an identifier.

    The identifier is in small letters: its case does not count.

    Args:
        client: Keeps connections open.
        account: Whose profiles.
        field: The identifier that they are asked for by.
        values: Its values.
        sleep: Waits where Klaviyo is asked too often.

    Raises:
        NotTaken: It did not say.
    """
    found: dict[str, str] = {}
    for part in _in_parts(list(dict.fromkeys(values))):
        request = question(account, field, part)
        page = read_answer(_ask(client, request, sleep), _Page)
        found |= {str(one.attributes.get(field)).lower(): one.id for one in page.data}
    return found


def _in_parts(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), ASKED_AT_ONCE):
        yield values[start : start + ASKED_AT_ONCE]


def _ask(
    client: httpx.Client, request: Request, sleep: Callable[[float], object]
) -> httpx.Response:
    """Ask; many questions go before one import, and are not all asked again."""
    for _ in range(_TRIES - 1):
        try:
            return exchange(client, request)
        except NotTaken as refusal:
            wait = refusal.outcome.retry_after_seconds
            if wait is None or wait > _LONGEST_WAIT_SECONDS:
                raise
            sleep(wait)
    return exchange(client, request)
