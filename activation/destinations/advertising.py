"""What an advertising tool must not see in plain text, and taking it out.

Tools of advertising know people by hashes. Whatever else goes to them is searched for
the event's own addresses, telephone numbers and names: in texts, in numbers and in the
queries of page addresses, percent-encoded or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from activation.destinations.addresses import addresses
from activation.destinations.hashing import is_hashed, plain, sha256
from activation.destinations.mapping import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    PHONE,
    find,
)

# properties.name is a product's as often as a person's; it counts where a trait says so
_NAMES = (*FIRST_NAME, *LAST_NAME, *(path for path in NAME if "traits" in path))
_NAMES_OF_PEOPLE = (*_NAMES, "properties.last_name", "properties.lastName")
_FEWEST_DIGITS = 7
PERSONAL_KEYS = frozenset(
    (
        *("email", "e_mail", "mail", "email_address", "phone", "phone_number"),
        *("telephone", "mobile", "first_name", "firstname", "last_name", "lastname"),
        *("full_name", "fullname", "name", "given_name", "family_name", "surname"),
        *("username", "user_name", "address", "street", "birthday", "birth_date"),
        *("birthdate", "date_of_birth", "password", "avatar", "gender", "age"),
    )
)
"""Traits that name a person, in snake case."""
_WORDS_APART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|\W+")
_OF_A_PERSON = re.compile(
    r"(?:^|_)(?:e_?mail(?:_address)?|phone(?:_number|_no)?|telephone|mobile_(?:number|phone)"
    r"|(?:first|last|full|given|family)_?name|surname|street(?:_address|_?\d)?"
    r"|address(?:_?line)?_?\d?|birth_?(?:day|date)|date_of_birth|password"
    r"|(?:address|customer|recipient|contact|billing|shipping)_name)$"
)


def names_a_person(path: str, value: Any) -> bool:
    """Return whether a field holds what a person is reached or called by.

    Its own name says so, wherever it stands: ``phoneNumber``, ``customer.email``,
    ``shipping_address.address1``. Its value need not be known of the event's person: an
    order is sent to others as well.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    words = _WORDS_APART.sub("_", path).strip("_").lower()
    return bool(_OF_A_PERSON.search(words))


@dataclass(frozen=True, slots=True)
class Person:
    """What an event says about who it is about, in lower case.

    Attributes:
        emails: Addresses.
        phones: Telephone numbers, digits only.
        names: Names and their parts.
    """

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Person:
        """Read the places where SDKs and plans put them."""
        emails = {plain(one) for one in _texts(event, EMAIL) if "@" in one}
        phones = {
            digits
            for one in _texts(event, PHONE)
            if len(digits := re.sub(r"\D", "", one)) >= _FEWEST_DIGITS
        }
        names = {plain(one) for one in _texts(event, _NAMES_OF_PEOPLE)}
        names = {one for one in names if len(one) > 1 and not is_hashed(one)}
        return cls(frozenset(emails), frozenset(phones), frozenset(names))

    def is_in(self, value: str) -> bool:
        """Return whether a text holds anything that names a person."""
        if is_hashed(value):
            return False
        if self._is_in(value):
            return True
        if "%" not in value and "+" not in value:
            return False
        once = unquote_plus(value)
        return any(self._is_in(one) for one in {once, unquote_plus(once)})

    def _is_in(self, value: str) -> bool:
        lowered = value.lower()
        if any(True for _ in addresses(lowered)):
            return True
        if any(one in lowered for one in self.emails):
            return True
        if self.phones and len(lowered) >= _FEWEST_DIGITS:
            digits = "".join(filter(str.isdecimal, lowered))
            if any(phone in digits for phone in self.phones):
                return True
        return any(name in lowered and _is_word(name, lowered) for name in self.names)

    def pseudonym(self, value: Any) -> str | None:
        """Return an id; its hash where the id itself names the person."""
        if value is None or value == "":
            return None
        written = str(value)
        return sha256(plain(written)) if self.is_in(written) else written


def without_person(
    value: Any, person: Person, kept: frozenset[str] = frozenset()
) -> Any:
    """Return a body without what names the person; whole fields go, addresses shrink.

    Args:
        value: What the tool would get.
        person: Whom the event is about.
        kept: Fields that are keys of the business or hashes, and stay as they are.
    """
    if isinstance(value, str):
        return _clean(value, person)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return None if str(value) in person.phones else value
    if isinstance(value, Mapping):
        return _clean_fields(value, person, kept)
    if isinstance(value, list):
        parts = [without_person(each, person, kept) for each in value]
        return [part for part in parts if part is not None]
    return value


def _is_word(name: str, text: str) -> bool:
    """Return whether a name stands in a text with no letter or digit beside it."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            return True
        at = text.find(name, at + 1)
    return False


def _clean_fields(
    fields: Mapping[str, Any], person: Person, kept: frozenset[str]
) -> dict[str, Any]:
    cleaned = {
        name: each if name in kept else without_person(each, person, kept)
        for name, each in fields.items()
        if not person.is_in(str(name))
    }
    return {
        name: each
        for name, each in cleaned.items()
        if each is not None or fields[name] is None
    }


def _clean(value: str, person: Person) -> str | None:
    if not person.is_in(value):
        return value
    if "://" not in value and not value.startswith(("/", "?")):
        return None
    return _clean_address(value, person)


def _clean_address(value: str, person: Person) -> str | None:
    """Return an address without the parts of it that name the person."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    query = "&".join(
        pair for pair in parts.query.split("&") if pair and not person.is_in(pair)
    )
    netloc = parts.netloc.rpartition("@")[2]
    path = "/".join(
        step for step in parts.path.split("/") if not person.is_in(step or "-")
    )
    fragment = "" if person.is_in(parts.fragment) else parts.fragment
    found = urlunsplit((parts.scheme, netloc, path, query, fragment))
    return None if not found or person.is_in(found) else found


def _texts(event: Mapping[str, Any], paths: tuple[str, ...]) -> list[str]:
    found = [find(event, path) for path in paths]
    return [str(one) for one in found if isinstance(one, str | int) and str(one)]
