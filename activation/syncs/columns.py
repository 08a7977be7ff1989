"""How a sync's columns are read: parts of structured ones, types that JSON lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb
import msgspec

from activation.exposures import Sync
from cdp.errors import Misconfigured
from cdp.quoting import literal, quoted

Types = Mapping[str, str]
"""DuckDB's types of the rows' columns, by name."""
# a Parquet file has no integers of 128 bits, and 0.1 of 32 bits is not 0.1 of 64
_AS_SENT = {
    "HUGEINT": "cast({} as decimal(38, 0))",
    "UHUGEINT": "cast({} as decimal(38, 0))",
    "FLOAT": "cast(cast({} as varchar) as double)",
}
_TEXT = "VARCHAR"


def types_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Return the types of a relation's columns."""
    rows = connection.execute(f"describe {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def column_of(name: str, types: Types) -> str:
    """Return a column of the rows, or part of a structured one, as SQL writes it.

    Args:
        name: As the mapping says; dotted for a part.
        types: Of the rows. A text is looked into as JSON.
    """
    root, *parts = name.split(".")
    if not parts or name in types:
        return f"model.{quoted(name)}"
    if types.get(root) == _TEXT:
        path = "$" + "".join(f".{quoted(part)}" for part in parts)
        return f"json_extract(try_cast(model.{quoted(root)} as json), {literal(path)})"
    return ".".join(["model", *map(quoted, (root, *parts))])


# numbers, flags and words are JSON as well; an empty list often stands for no parts
_TEXT_WHERE = """
select 1 from {relation} as model
where trim({column}) <> '' and {condition} limit 1
"""
_KIND = "coalesce(json_type(try_cast({column} as json)), '')"


def _check_texts(
    connection: duckdb.DuckDBPyConnection, sync: Sync, relation: str, types: Types
) -> None:
    """See that the texts of which parts are mapped hold JSON.

    Raises:
        Misconfigured: None of them does: every row would be sent without a value.
    """
    for name in sync.fields.columns:
        root, _, part = name.partition(".")
        if not part or name in types or types.get(root) != _TEXT:
            continue
        column = f"model.{quoted(root)}"
        kind = _KIND.format(column=column)
        conditions = (f"{kind} = 'OBJECT'", f"{kind} not in ('NULL', 'ARRAY')")
        structured, plain = (
            _TEXT_WHERE.format(relation=relation, column=column, condition=one)
            for one in conditions
        )
        if connection.execute(structured).fetchone() is not None:
            continue
        if connection.execute(plain).fetchone() is not None:
            raise Misconfigured(
                f"column {root} is plain text: it has no part {part}",
                place=f"exposure {sync.name}: config.meta.sync.mapping",
                fix=f"Map {root}, or a part of a struct, a map, JSON or a text of JSON",
            )


def selected(
    connection: duckdb.DuckDBPyConnection, sync: Sync, relation: str
) -> tuple[str, ...]:
    """Return how each mapped column is read, as SQL writes it.

    Raises:
        Misconfigured: A column has no such part.
    """
    types = types_of(connection, relation)
    _check_texts(connection, sync, relation, types)
    columns = [column_of(name, types) for name in sync.fields.columns]
    if not columns:
        return ()
    query = f"select {', '.join(columns)} from {relation} as model limit 0"  # noqa: S608
    try:
        found = connection.execute(query).description or []
    except duckdb.Error as error:
        said = str(error).split("\n", 1)[0]
        raise Misconfigured(
            f"a mapped column cannot be read: {said}",
            place=f"exposure {sync.name}: config.meta.sync.mapping",
            fix="Map columns, or parts of structs, maps and JSON",
        ) from error
    kinds = [str(one[1]) for one in found]
    return tuple(
        _AS_SENT.get(kind, "{}").format(column)
        for kind, column in zip(kinds, columns, strict=True)
    )


def row_hash(sync: Sync, types: Types | None = None) -> str:
    """Return the SQL of a row's hash, for a table called ``model``.

    Args:
        sync: Which sync.
        types: Of the table's columns; parts of texts are not found without.
    """
    # the mapping is hashed, too: one that changes makes every record new
    mapping = msgspec.json.encode(list(msgspec.to_builtins(sync.meta.mapping).items()))
    number = int.from_bytes(hashlib.sha256(mapping).digest()[:8], "big")
    values = [f"model.{quoted(sync.meta.key)}"]
    compared = [name for name in sync.fields.compared if name != sync.meta.key]
    values += [column_of(name, types or {}) for name in compared]
    values += [
        f"coalesce(cast({column_of(name, types or {})} as varchar), '') = ''"
        for name in sync.fields.filled
    ]
    return f"xor(hash({', '.join(values)}), {number}::ubigint)"
