"""The part of SOQL that extraction uses: fields, one object, conditions, an order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from sandbox.tools.salesforce_fields import FIELDS, fields_of
from sandbox.tools.stand import Stand
from sandbox.tools_store import Position, ToolsStore, microseconds

_QUERY = re.compile(
    r"\s*select\s+(?P<fields>[\w\s,]+?)\s+from\s+(?P<object>\w+)"
    r"(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s+by\s+(?P<order>[\w\s,]+?))?"
    r"(?:\s+limit\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"\s*SystemModstamp\s*(>=|<=)\s*(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))\s*",
    re.IGNORECASE,
)
_IS_DELETED = re.compile(r"\s*IsDeleted\s*=\s*false\s*", re.IGNORECASE)


class RefusedQueryError(Exception):
    """A query that the vendor would not run; ``code`` is the vendor's errorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query and how far it has been read.

    Attributes:
        object_name: Such as ``Lead``.
        fields: What is selected.
        since: Lowest SystemModstamp, microseconds; None for all.
        until: Highest SystemModstamp, microseconds; None for all.
        includes_deleted: Whether deleted records are returned.
        includes_archived: Whether activities of long ago are returned.
        after: The last record of the page before.
        position_number: How many records came before.
    """

    object_name: str
    fields: tuple[str, ...]
    since: int | None
    until: int | None
    includes_deleted: bool
    includes_archived: bool
    after: Position | None = None
    position_number: int = 0


def parse(stand: Stand, statement: str, *, is_all: bool) -> Query:
    """Parse a query.

    Args:
        stand: Whose org it is.
        statement: The query.
        is_all: Whether deleted and archived records are asked for, too.

    Raises:
        RefusedQueryError: It is malformed, or names what the org does not have.
    """
    found = _QUERY.fullmatch(statement)
    if found is None:
        raise RefusedQueryError(
            "MALFORMED_QUERY", f"unexpected token: {statement[:40]}"
        )
    object_name = found["object"]
    if object_name not in FIELDS:
        message = f"sObject type '{object_name}' is not supported."
        raise RefusedQueryError("INVALID_TYPE", message)
    fields = tuple(name.strip() for name in found["fields"].split(","))
    known = fields_of(stand, object_name)
    for name in fields:
        is_custom = name.endswith("__c") and object_name == "Contact"
        if name not in known and not is_custom:
            message = f"No such column '{name}' on entity '{object_name}'."
            raise RefusedQueryError("INVALID_FIELD", message)
    conditions = re.split(r"\s+and\s+", found["where"] or "", flags=re.IGNORECASE)
    others = [one for one in conditions if one and not _IS_DELETED.fullmatch(one)]
    since, until = _bounds(others)
    includes_deleted = is_all and not any(map(_IS_DELETED.fullmatch, conditions))
    return Query(object_name, fields, since, until, includes_deleted, is_all)


def _bounds(conditions: list[str]) -> tuple[int | None, int | None]:
    bounds: dict[str, int | None] = {">=": None, "<=": None}
    for condition in conditions:
        found = _CONDITION.fullmatch(condition)
        if found is None:
            message = f"unexpected token: {condition.strip()[:40]}"
            raise RefusedQueryError("MALFORMED_QUERY", message)
        bounds[found[1]] = microseconds(found[2])
    return bounds[">="], bounds["<="]


def run(
    store: ToolsStore, query: Query, page_rows: int
) -> tuple[list[dict[str, Any]], Query | None]:
    """Return one page of records and the query for the next page, or None."""
    documents = store.page(
        "salesforce",
        query.object_name,
        after=query.after,
        limit=page_rows + 1,
        since=query.since,
        until=query.until,
    )
    page = documents[:page_rows]
    following = None
    if len(documents) > page_rows:
        following = replace(
            query,
            after=page[-1].position,
            position_number=query.position_number + len(page),
        )
    bodies = [document.body for document in page]
    if not query.includes_deleted:
        bodies = [body for body in bodies if not body.get("IsDeleted")]
    if not query.includes_archived:
        bodies = [body for body in bodies if not body.get("IsArchived")]
    return bodies, following


def count(store: ToolsStore, query: Query) -> int:
    """Return how many records the whole query has."""
    return store.count(
        "salesforce", query.object_name, since=query.since, until=query.until
    )
