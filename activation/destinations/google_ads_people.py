"""Whom a conversion or a row is about, as Google's hashed identifiers.

Source: https://developers.google.com/google-ads/api/docs/conversions/upload-online
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from activation.destinations import hashing, mapping
from activation.destinations.hashing import hashed
from activation.destinations.mapping import first, text, with_names

MOST_IDENTIFIERS = 5
_STREET = (
    *("traits.street", "traits.address.street"),
    *("context.traits.street", "context.traits.address.street"),
)
_EVENT_PATHS = {
    "email": mapping.EMAIL,
    "phone": mapping.PHONE,
    "first_name": mapping.FIRST_NAME,
    "last_name": mapping.LAST_NAME,
    "street": _STREET,
    "city": mapping.CITY,
    "state": mapping.STATE,
    "postal_code": mapping.POSTAL_CODE,
    "country": mapping.COUNTRY,
}


def contact_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event knows about how to reach its person, by plain field."""
    event = with_names(event)
    found = {name: first(event, paths) for name, paths in _EVENT_PATHS.items()}
    return {name: value for name, value in found.items() if value is not None}


def identifiers(
    contact: Mapping[str, Any], *, calling_code: str = "", with_address: bool = False
) -> list[dict[str, Any]]:
    """Return Google's identifiers: hashed email, hashed telephone, hashed address.

    Args:
        contact: ``email``, ``phone``, ``first_name``, ``last_name``, ``street``, …
        calling_code: The country of telephone numbers that begin with a zero.
        with_address: Whether the address counts: not for uploaded conversions.
    """
    rule = partial(hashing.google_phone, calling_code=calling_code)
    found: list[dict[str, Any]] = []
    if email := hashed(contact.get("email"), hashing.google_email):
        found.append({"hashedEmail": email})
    if phone := hashed(contact.get("phone"), rule):
        found.append({"hashedPhoneNumber": phone})
    if with_address and (address := _address(contact)):
        found.append({"addressInfo": address})
    return found[:MOST_IDENTIFIERS]


def _address(contact: Mapping[str, Any]) -> dict[str, str]:
    """Return an address; Google matches none without both names, postcode, country."""
    found = {
        "hashedFirstName": hashed(contact.get("first_name"), hashing.plain),
        "hashedLastName": hashed(contact.get("last_name"), hashing.plain),
        "postalCode": text(contact.get("postal_code")),
        "countryCode": _country(contact.get("country")),
    }
    if not all(found.values()):
        return {}
    found |= {
        "hashedStreetAddress": hashed(contact.get("street"), hashing.plain),
        "city": text(contact.get("city")),
        "state": text(contact.get("state")),
    }
    return {name: value for name, value in found.items() if value}


def _country(value: Any) -> str | None:
    found = mapping.upper(value)
    return found if found and len(found) == 2 else None
