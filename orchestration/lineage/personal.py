"""Which columns name a person, by where their values come from."""

from __future__ import annotations

import hashlib
from typing import Any

from orchestration.lineage.place import Place
from orchestration.lineage.trace import Tracer

_PERSONAL = {
    *("email", "phone", "name", "birth_date", "birthday", "gender", "address"),
    *("first_name", "last_name", "firstname", "lastname", "city", "postal_code"),
    *("ip", "useragent", "user_agent", "street", "line1", "mobilephone"),
}
_MARK = "•••"


def is_personal(place: Place, tracer: Tracer) -> bool:
    """Whether values come from a property or an API field that names a person.

    Keys are made of such values, but do not tell them.
    """
    if place.column.endswith("_id"):
        return False
    last = {name.rsplit(".", 1)[-1].lower() for name in tracer.origins(place)}
    return bool(last & _PERSONAL)


def masked(value: Any) -> Any:
    """Return a value so that it can be told from others but not read.

    Numbers and flags that were computed from personal values stay.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    # two bytes of a hash: enough to see that two differ, too few to find the value
    told = hashlib.blake2b(text.encode(), digest_size=2).hexdigest()
    return f"{text[:1]}{_MARK}{told}"
