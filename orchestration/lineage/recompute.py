"""A model's value of one customer, made again from that customer's rows alone."""

from __future__ import annotations

from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from cdp.quoting import quoted
from orchestration.lineage.compiled import AS_OF
from orchestration.lineage.customer import CUSTOMER
from orchestration.lineage.lineage import Lineage

NOT_MADE = object()
"""The model reads tables that do not say whose their rows are."""


def value_again(
    connection: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    place: tuple[str, str],
    customer: str,
    as_of: str,
) -> Any:
    """Return what a model makes of the customer's rows now.

    Args:
        connection: The warehouse, or a copy of it.
        lineage: The workspace's.
        place: The model and its column.
        customer: Whose.
        as_of: The moment that "the last N days" count back from, ISO 8601.

    Returns:
        The value, or ``NOT_MADE``.
    """
    table, column = place
    known = lineage.project.tables[table]
    if not known.codes or CUSTOMER not in lineage.columns[table]:
        return NOT_MADE
    relations = lineage.project.by_relation()
    dialect = lineage.project.dialect
    tree = sqlglot.parse_one(known.codes[0].replace(AS_OF, as_of), dialect=dialect)
    for source in list(tree.find_all(exp.Table)):
        name = relations.get((source.db.lower(), source.name.lower()))
        if name is None:
            continue
        if CUSTOMER not in lineage.columns[name]:
            if lineage.project.tables[name].kind == "seed":
                source.set("catalog", None)
                continue
            return NOT_MADE
        source.replace(_of_customer(source, dialect))
    query = (
        f"select {quoted(column)} from ({tree.sql(dialect=dialect)})"  # noqa: S608
        f" where {CUSTOMER} = $customer"
    )
    try:
        row = connection.execute(query, {"customer": customer}).fetchone()
    except duckdb.Error:
        return NOT_MADE
    return None if row is None else row[0]


def _of_customer(source: exp.Table, dialect: str) -> exp.Expr:
    alias = source.alias_or_name
    relation = f"{quoted(source.db)}.{quoted(source.name)}"
    query = f"select * from {relation} where {CUSTOMER} = $customer"  # noqa: S608
    select = sqlglot.parse_one(query, dialect=dialect)
    return exp.Subquery(
        this=select, alias=exp.TableAlias(this=exp.to_identifier(alias))
    )
