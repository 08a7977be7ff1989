"""Who a person is to Klaviyo, and what it keeps of them.

Source of the fields: Klaviyo's OpenAPI document of profiles, revision 2026-07-15.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from activation.destinations.hashing import google_phone
from activation.destinations.mapping import (
    CITY,
    COUNTRY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    POSTAL_CODE,
    STATE,
    Field,
    fields_of,
    first,
    lower,
    number,
    put,
    text,
    with_names,
)
from activation.values import plain

_STREET = ("traits.address1", "traits.street", "traits.address.street")
_STANDARD = (
    Field("first_name", FIRST_NAME[:3], text),
    Field("last_name", LAST_NAME[:3], text),
    Field("organization", ("traits.organization", "traits.company.name"), text),
    Field("title", ("traits.title",), text),
    Field("image", ("traits.image", "traits.avatar"), text),
    Field("locale", ("traits.locale", "context.locale"), text),
    Field("location.address1", _STREET, text),
    Field("location.address2", ("traits.address2", "traits.address.address2"), text),
    Field("location.city", CITY[:2], text),
    Field("location.region", ("traits.region", *STATE[:2]), text),
    Field("location.zip", POSTAL_CODE[:4], text),
    Field("location.country", COUNTRY[:3], text),
    Field("location.latitude", ("traits.latitude", "traits.address.latitude"), number),
    Field(
        "location.longitude", ("traits.longitude", "traits.address.longitude"), number
    ),
    Field("location.timezone", ("traits.timezone", "context.timezone"), text),
    Field("location.ip", ("context.ip",), text),
)
# the trait's name: Klaviyo's field
_BY_TRAIT = {
    path.removeprefix("traits."): row.name
    for row in _STANDARD
    for path in row.paths
    if path.startswith("traits.") and path.count(".") == 1
}
_ELSEWHERE = frozenset({"email", "phone", "userId", "anonymousId", "address"})


def identifiers_of(event: Mapping[str, Any], calling_code: str) -> dict[str, str]:
    """Return what Klaviyo can know the person by: email, telephone, the user id.

    Args:
        event: Any event.
        calling_code: The country of numbers that begin with a zero, such as ``44``.
    """
    phone = partial(_phone, calling_code=calling_code)
    return fields_of(
        event,
        (
            Field("email", EMAIL, _email),
            Field("phone_number", PHONE, phone),
            Field("external_id", ("userId",), text),
        ),
    )


def attributes_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an identify's traits: Klaviyo's own fields, the others as properties.

    A trait that is null clears its field.
    """
    traits = event.get("traits") or {}
    found = fields_of(with_names(event), _STANDARD)
    properties: dict[str, Any] = {}
    for name, value in traits.items():
        field = _BY_TRAIT.get(name)
        if name in _ELSEWHERE:
            continue
        if field is None and not (name == "company" and isinstance(value, Mapping)):
            properties[name] = plain(value)
        elif field is not None and value is None and first(found, (field,)) is None:
            put(found, field, None)
    if properties:
        found["properties"] = properties
    return found


def _email(value: Any) -> str | None:
    found = lower(value)
    return found if found and "@" in found.strip("@") else None


def _phone(value: Any, calling_code: str) -> str | None:
    """Return a number in E.164: Klaviyo refuses the whole record for another one."""
    written = text(value)
    return google_phone(written, calling_code) if written else None
