"""Which profiles a Klaviyo account has, asked for by what they are matched by.

Source: https://developers.klaviyo.com/en/reference/get_profiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from activation.destinations.exchange import Request, exchange, read_answer
from activation.destinations.klaviyo_api import Account
from activation.destinations.mapping import find
from activation.destinations.outcome import NotTaken
from activation.values import encode

ASKED_AT_ONCE = 50
# which identifier an import looks at first
_MATCHED_IN_TURN = ("external_id", "email", "phone_number")
_TRIES = 5
_LONGEST_WAIT_SECONDS = 60.0


class _Profile(msgspec.Struct, frozen=True):
    id: str
    attributes: dict[str, Any] = {}


class _Page(msgspec.Struct, frozen=True):
    data: list[_Profile]


def question(
    account: Account, field: str, values: Sequence[str], *, is_whole: bool = False
) -> Request:
    """Return the request that asks for up to fifty profiles.

    Args:
        account: Whose profiles.
        field: The identifier that they are asked for by.
        values: Its values.
        is_whole: Whether all their fields are asked for, and not the identifier alone.
    """
    query = {"filter": f"any({field},{encode(list(values)).decode()})"}
    query |= {"page[size]": "100"} | ({} if is_whole else {"fields[profile]": field})
    return account.get(f"{account.url}/api/profiles?{urlencode(query)}")


class Profiles:
    """The profiles of one account.

    Args:
        client: Keeps connections open.
        account: Whose profiles.
        sleep: Waits where Klaviyo is asked too often.
    """

    def __init__(
        self,
        client: httpx.Client,
        account: Account,
        sleep: Callable[[float], object],
    ) -> None:
        self._client = client
        self._account = account
        self._sleep = sleep

    def find(self, people: Sequence[Mapping[str, Any]], field: str) -> dict[str, str]:
        """Return Klaviyo's ids of the people whom it has, by an identifier.

        The identifier is in small letters: its case does not count.

        Raises:
            NotTaken: It did not say.
        """
        found = self._find(people, field)
        return {key: one.id for key, one in found.items()}

    def read(
        self, people: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what Klaviyo has in some fields of people, in order.

        Raises:
            NotTaken: It did not say.
        """
        known: list[Mapping[str, Any]] = [{}] * len(people)
        for field in _MATCHED_IN_TURN:
            found = self._find(people, field, is_whole=True)
            for place, person in enumerate(people):
                profile = found.get(str(person.get(field)).lower())
                if profile and not known[place]:
                    known[place] = profile.attributes
        return [{name: find(one, name) for name in fields} for one in known]

    def _find(
        self, people: Sequence[Mapping[str, Any]], field: str, *, is_whole: bool = False
    ) -> dict[str, _Profile]:
        values = [str(one[field]) for one in people if one.get(field)]
        found: dict[str, _Profile] = {}
        for part in _in_parts(list(dict.fromkeys(values))):
            request = question(self._account, field, part, is_whole=is_whole)
            page = read_answer(_ask(self._client, request, self._sleep), _Page)
            found |= {str(one.attributes.get(field)).lower(): one for one in page.data}
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
