"""The other part of SOQL that is understood: which records have one of these values."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from sandbox.tools.salesforce_fields import FIELDS, fields_of
from sandbox.tools.soql import RefusedQueryError
from sandbox.tools.stand import Stand

_QUERY = re.compile(
    r"\s*select\s+(?P<fields>[\w\s,]+?)\s+from\s+(?P<object>\w+)"
    r"\s+where\s+(?P<by>\w+)\s+in\s*\((?P<values>.+)\)\s*",
    re.IGNORECASE | re.DOTALL,
)
_VALUE = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?))\s*(?:,|$)")
_ESCAPED = re.compile(r"\\(.)")


def answer(stand: Stand, statement: str) -> dict[str, Any] | None:
    """Return what such a query finds; None where it is another one.

    Args:
        stand: Whose org it is.
        statement: The query.

    Raises:
        RefusedQueryError: It names what the org does not have.
    """
    found = _QUERY.fullmatch(statement)
    if found is None:
        return None
    name, by = found["object"], found["by"]
    fields = [field.strip() for field in found["fields"].split(",")]
    if name not in FIELDS:
        message = f"sObject type '{name}' is not supported."
        raise RefusedQueryError("INVALID_TYPE", message)
    known = fields_of(stand, name)
    for field in (by, *fields):
        is_custom = field.endswith("__c") and field not in stand.traffic.removed_fields
        if field not in known and not is_custom:
            message = f"No such column '{field}' on entity '{name}'."
            raise RefusedQueryError("INVALID_FIELD", message)
    records = [
        {"attributes": {"type": name}, **{field: body.get(field) for field in fields}}
        for bodies in matches(stand, name, by, _values_of(found["values"])).values()
        for body in bodies
    ]
    return {"totalSize": len(records), "done": True, "records": records}


def matches(
    stand: Stand, object_name: str, field: str, values: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the records that are not deleted, by a field's value in small letters."""
    path = f'$."{field}"'
    marks = ",".join("?" * len(values))
    where = (
        "tool = 'salesforce' and object_name = ?"
        f" and lower(json_extract(cast(body as text), ?)) in ({marks})"
    )
    asked = [object_name, path, *(value.lower() for value in values)]
    found: dict[str, list[dict[str, Any]]] = {}
    for _, document in stand.store.select(where, asked):
        if not document.body.get("IsDeleted"):
            value = str(document.body[field]).lower()
            found.setdefault(value, []).append(document.body)
    return found


def _values_of(written: str) -> list[str]:
    values, place = [], 0
    while place < len(written):
        found = _VALUE.match(written, place)
        if found is None:
            message = f"unexpected token: {written[place : place + 40]}"
            raise RefusedQueryError("MALFORMED_QUERY", message)
        values.append(_ESCAPED.sub(r"\1", found[1]) if found[2] is None else found[2])
        place = found.end()
    return values
