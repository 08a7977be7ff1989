"""Braze's attributes of a person: the standard ones and the shop's own.

Source: https://www.braze.com/docs/api/objects_filters/user_attributes_object/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from activation.destinations.mapping import (
    BIRTH_DATE,
    CITY,
    COUNTRY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    Field,
    fields_of,
    lower,
    stripped,
    text,
    upper,
    with_names,
)
from activation.values import plain

_GENDERS = {
    **dict.fromkeys(("m", "male", "man"), "M"),
    **dict.fromkeys(("f", "female", "woman"), "F"),
    **dict.fromkeys(("o", "other"), "O"),
    **dict.fromkeys(("n", "not_applicable", "not applicable"), "N"),
    **dict.fromkeys(("p", "prefer_not_to_say", "prefer not to say"), "P"),
}
_NO_ATTRIBUTES = frozenset(
    (
        *("userId", "anonymousId", "external_id", "user_alias", "braze_id"),
        *("address", "firstName", "firstname", "lastName", "lastname"),
        *("birthday", "birth_date", "city", "country_code", "_update_existing_only"),
        *("avatar", "timezone"),
    )
)


def attributes_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return traits as attributes: the standard ones under Braze's names.

    A trait that is null deletes the attribute.
    """
    traits = event.get("traits") or {}
    found = fields_of(with_names({"traits": traits}), _STANDARD)
    for name, value in traits.items():
        if value is None:
            found.setdefault(_STANDARD_NAMES.get(name, name), None)
        elif name not in _NO_ATTRIBUTES and name not in _STANDARD_FIELDS:
            found[name] = plain(value)
    return found


def _gender(value: Any) -> str | None:
    return _GENDERS.get(lower(value) or "")


def _country(value: Any) -> str | None:
    found = upper(value)
    return found if found and len(found) == 2 and found.isalpha() else None


def _date(value: Any) -> str | None:
    found = text(plain(value))
    return found[:10] if found else None


def _of_traits(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if path.startswith("traits."))


_STANDARD = (
    Field("email", _of_traits(EMAIL), stripped),
    Field("first_name", _of_traits(FIRST_NAME), text),
    Field("last_name", _of_traits(LAST_NAME), text),
    Field("dob", ("traits.dob", *_of_traits(BIRTH_DATE)), _date),
    Field("gender", ("traits.gender",), _gender),
    Field("home_city", ("traits.home_city", *_of_traits(CITY)), text),
    Field("country", _of_traits(COUNTRY), _country),
    Field("image_url", ("traits.image_url", "traits.avatar"), text),
    Field("time_zone", ("traits.time_zone", "traits.timezone"), text),
    Field("phone", _of_traits(PHONE), stripped),
)
_STANDARD_FIELDS = frozenset(row.name for row in _STANDARD)
_STANDARD_NAMES = {
    path.removeprefix("traits."): row.name for row in _STANDARD for path in row.paths
}
