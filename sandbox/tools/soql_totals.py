"""The two totals of SOQL that reconciliation asks for: ``count()`` and ``sum()``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.tools import soql
from sandbox.tools.stand import Stand
from sandbox.tools_store import ToolsStore

_TOTAL = re.compile(
    r"\s*select\s+(?:count\(\)|sum\((?P<field>\w+)\))\s+from\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_PAGE_ROWS = 2000


def answer(stand: Stand, statement: str, *, is_all: bool) -> dict[str, Any] | None:
    """Return the body that answers a total; None where the query asks for records.

    Raises:
        RefusedQueryError: It is malformed, or names what the org does not have.
    """
    found = _TOTAL.fullmatch(statement)
    if found is None:
        return None
    field = found["field"]
    selected = f"select {field or 'Id'} from {found['rest']}"  # noqa: S608 - parsed, never run
    query = soql.parse(stand, selected, is_all=is_all)
    rows = list(_all(stand.store, query))
    if field is None:
        return {"totalSize": len(rows), "done": True, "records": []}
    total = sum(Decimal(str(row[field])) for row in rows if row.get(field) is not None)
    record = {"attributes": {"type": "AggregateResult"}, "expr0": float(total)}
    return {"totalSize": 1, "done": True, "records": [record]}


def _all(store: ToolsStore, query: soql.Query) -> Iterator[dict[str, Any]]:
    following: soql.Query | None = query
    while following is not None:
        rows, following = soql.run(store, following, _PAGE_ROWS)
        yield from rows
