"""Whom an event or a row is about, as Meta's hashed keys.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/customer-information-parameters
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from activation.destinations import hashing, mapping
from activation.destinations.hashing import Normalise, hashed
from activation.destinations.mapping import first

_GENDER = ("traits.gender", "context.traits.gender")
_NAME = ("traits.name", "context.traits.name")
# Meta's key, where events have it, how it is written before it is hashed
KEYS: tuple[tuple[str, tuple[str, ...], Normalise], ...] = (
    ("em", mapping.EMAIL, hashing.email),
    ("ph", mapping.PHONE, hashing.phone_digits),
    ("fn", mapping.FIRST_NAME, hashing.meta_name),
    ("ln", mapping.LAST_NAME, hashing.meta_name),
    ("ge", _GENDER, hashing.meta_gender),
    ("db", mapping.BIRTH_DATE, hashing.meta_birth_date),
    ("ct", mapping.CITY, hashing.meta_place),
    ("st", mapping.STATE, hashing.meta_place),
    ("zp", mapping.POSTAL_CODE, hashing.meta_postal_code),
    ("country", mapping.COUNTRY, hashing.meta_country),
)


def user_data(
    event: Mapping[str, Any], *, calling_code: str = "", with_external_id: bool = True
) -> dict[str, Any]:
    """Return the hashed keys that an event has values for.

    The user id is hashed as well: Meta's own library leaves it plain, its documentation
    recommends hashing, and an id is a person's.
    """
    found = {
        key: value
        for key, paths, rule in KEYS
        if (value := hashed(first(event, paths), _with_country(rule, calling_code)))
    }
    name = str(first(event, _NAME) or "").split()
    if len(name) > 1 and not {"fn", "ln"} & found.keys():
        parts = {"fn": name[0], "ln": name[-1]}
        for key, part in parts.items():
            if value := hashed(part, hashing.meta_name):
                found[key] = value
    if with_external_id:
        known = hashed(event.get("userId") or event.get("anonymousId"), hashing.trimmed)
        found |= {"external_id": known} if known else {}
    return found


def _with_country(rule: Normalise, calling_code: str) -> Normalise:
    if rule is hashing.phone_digits and calling_code:
        return partial(hashing.phone_digits, calling_code=calling_code)
    return rule
