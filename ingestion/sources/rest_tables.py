"""How each table of a declared REST API is read, from its section of the workspace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from typing import Any

from dlt.sources.rest_api.config_setup import build_resource_dependency_graph
from dlt.sources.rest_api.typing import ResolvedParam

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.sources.declared_shape import shape_problems
from ingestion.sources.rest_api_kind import REST_API
from ingestion.sources.rest_declaration import (
    problems,
    resource,
    tables_above,
    tables_of,
)
from ingestion.sources.rest_fields import Cursor, Mark
from ingestion.sources.spans import span
from ingestion.sources.sql_types import DELETED_AT, column_name
from ingestion.sources.tables import Document, Table

COMPOUND_KEY = "_key"
USUAL_LAG, USUAL_COMPARE = "10m", "1d"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table is read.

    Attributes:
        name: The table, as the declaration names it.
        place: Where it is declared.
        table: The table, as the warehouse has it.
        endpoint: dlt's endpoint: path, method, params, json and data_selector.
        paginator: As it is declared; None detects it.
        key: The fields that tell records apart.
        cursor: How changes are asked for; None reads the list whole.
        mark: What a deleted record looks like; None where the tool does not say.
        compare: How often all keys are listed; None for never.
        count: Where the tool says how many there are.
        flatten: The field whose own fields are the record's; "" for none.
        above: The table whose records its requests name; "" for none.
        bound: Which fields of the record above they name.
        reads_all_above: Ask for every record above each time, not the changed ones.
        include: Fields of the record above that its records get.
        held_back: Parameters that come from the environment and are never written down.
        digest: Tells declarations apart.
    """

    name: str
    place: str
    table: Table
    endpoint: Mapping[str, Any]
    paginator: Any
    key: Sequence[str]
    cursor: Cursor | None
    mark: Mark | None
    compare: timedelta | None
    count: Mapping[str, str] = field(default_factory=dict)
    flatten: str = ""
    above: str = ""
    bound: Sequence[ResolvedParam] = ()
    reads_all_above: bool = False
    include: Sequence[str] = ()
    held_back: frozenset[str] = frozenset()
    digest: str = ""

    def row(self, document: Document) -> Document:
        """Return a record with the columns that its table has besides its fields."""
        row = dict(document)
        if self.flatten and isinstance(row.get(self.flatten), Mapping):
            row = {**row.pop(self.flatten), **row}
        if self.cursor is not None and self.cursor.form == "unix_ms":
            changed = row.get(self.cursor.field)
            if isinstance(changed, int | float) and not isinstance(changed, bool):
                row[self.cursor.field] = changed / 1000
        if len(self.key) > 1:
            parts = [row.get(name) for name in self.key]
            row[COMPOUND_KEY] = None if None in parts else json.dumps(parts)
        if self.mark is not None:
            changed = row.get(self.cursor.field) if self.cursor else None
            row[DELETED_AT] = self.mark.moment(row, changed)
        return row


def readings(settings: Settings, name: str) -> dict[str, Reading]:
    """Return how each table of a source is read, by its declared name.

    Raises:
        Misconfigured: The declaration is wrong, or a variable of it is not set.
    """
    section = settings.section(f"sources.{name}")
    place = f"{WORKSPACE_FILE}: sources.{name}"
    for problem in chain(shape_problems(section, REST_API), problems(section)):
        where = ".".join(map(str, (place, *problem.path)))
        raise Misconfigured(problem.message, place=where, fix=problem.fix)
    tables = tables_of(section)
    declared = [resource(each, table) for each, table in tables.items()]
    _, made, bound = build_resource_dependency_graph({}, declared)
    written = tables_of(settings.document["sources"][name])
    found = {}
    for each, table in tables.items():
        endpoint: Any = dict(made[each])["endpoint"]
        usual = endpoint.get("paginator") or section.get("paginator")
        found[each] = replace(
            _reading(each, f"{place}.tables.{each}", table, endpoint),
            paginator=table.get("paginator") or usual,
            bound=bound[each] or (),
            held_back=_held_back(written[each]),
            digest=_digest([written[each], section["url"], section.get("paginator")]),
        )
    return found


def _reading(
    name: str, place: str, declared: Mapping[str, Any], endpoint: Mapping[str, Any]
) -> Reading:
    key, deleted = declared["key"], declared.get("deleted")
    key = tuple(map(str, key)) if isinstance(key, list) else (str(key),)
    above = next(iter(tables_above(declared)), "")
    usual = "never" if deleted or above else USUAL_COMPARE
    compare = str(declared.get("compare") or usual)
    mark = Mark(str(deleted)) if deleted else None
    if isinstance(deleted, Mapping):
        mark = Mark(str(deleted["field"]), str(deleted["value"]))
    return Reading(
        name,
        place,
        _table(name, declared, key),
        endpoint,
        None,
        key,
        _cursor(declared.get("cursor")),
        mark,
        None if compare == "never" else span(compare, f"{place}.compare"),
        declared.get("count") or {},
        flatten=str(declared.get("flatten") or ""),
        above=above,
        reads_all_above=declared.get("parents") == "all",
        include=tuple(declared.get("include_from_parent") or ()),
    )


def _table(name: str, declared: Mapping[str, Any], key: Sequence[str]) -> Table:
    cursor = declared.get("cursor") or {}
    columns: dict[str, Any] = dict.fromkeys(key, "text")
    if len(key) > 1:
        columns[COMPOUND_KEY] = "text"
    if cursor:
        columns[cursor["field"]] = "timestamp"
    columns |= {**(declared.get("columns") or {}), DELETED_AT: "timestamp"}
    return Table(
        column_name(name),
        key=COMPOUND_KEY if len(key) > 1 else key[0],
        columns=columns,
        cursor=cursor.get("field"),
    )


def _cursor(declared: Mapping[str, Any] | None) -> Cursor | None:
    if not declared:
        return None
    return Cursor(
        str(declared["field"]),
        str(declared.get("param") or ""),
        span(declared.get("lag") or USUAL_LAG, "lag"),
        str(declared.get("format") or "iso"),
        str(declared.get("initial_value") or ""),
    )


def _digest(declared: object) -> str:
    text = json.dumps(declared, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _held_back(written: Mapping[str, Any]) -> frozenset[str]:
    """Return the parameters and fields of a body that may hold a secret."""
    return frozenset(
        str(name)
        for part in ("params", "json")
        for name, value in (written.get(part) or {}).items()
        if "${" in str(value)
    )
