"""Which customer is meant, and which rows of a table are that customer's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from cdp.errors import Misconfigured, Rejected
from cdp.quoting import quoted
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.place import EVENTS, Place

CUSTOMER = "customer_id"
_IDENTIFIERS = "marts.customer_identifiers"
_NAMED = f"""
    select distinct customer_id from {_IDENTIFIERS}
    where customer_id = $written
        or identifier_value in ($written, lower(trim($written)))
        or (identifier_type = $kind and identifier_value in ($value, lower($value)))
"""  # noqa: S608 - our own name


def find_customer(connection: duckdb.DuckDBPyConnection, written: str) -> str:
    """Return the customer whom an identifier names.

    Args:
        connection: The warehouse, or a copy of it.
        written: A customer_id, ``type:value``, or the value of any identifier.

    Raises:
        Rejected: Nobody is called so, or several are.
        Misconfigured: Identity has not been built.
    """
    kind, _, value = written.partition(":")
    named = {"written": written, "kind": kind, "value": value}
    try:
        found = connection.execute(_NAMED, named).fetchall()
    except duckdb.CatalogException as error:
        raise Misconfigured(
            "identity has not been built", place=_IDENTIFIERS, fix="Run `cdp run`"
        ) from error
    if len(found) == 1:
        return str(found[0][0])
    if not found:
        raise Rejected(
            "nobody has this identifier",
            fix="Give a customer_id, an email, or type:value such as user_id:u_1",
        )
    several = ", ".join(sorted(str(one) for (one,) in found))
    raise Rejected(f"it names several customers: {several}", fix="Give one of them")


def identifier_types(
    connection: duckdb.DuckDBPyConnection, customer: str
) -> tuple[str, ...]:
    """Return the kinds of identifiers that a customer has."""
    found = connection.execute(
        f"select distinct identifier_type from {_IDENTIFIERS}"  # noqa: S608 - our own
        f" where {CUSTOMER} = ? order by identifier_type",
        [customer],
    ).fetchall()
    return tuple(str(kind) for (kind,) in found)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table that are a customer's.

    Attributes:
        table: Its name in the lineage.
        query: SQL that returns them; takes ``$customer``.
    """

    table: str
    query: str


def rows_of(
    lineage: Lineage, table: str, before: Iterable[Rows], identifiers: Iterable[str]
) -> Rows | None:
    """Return a table's rows of a customer; None where it has none of any one customer.

    Args:
        lineage: The workspace's.
        table: The table.
        before: The rows that are made of it, the nearest first.
        identifiers: The kinds of identifiers that the customer has.
    """
    known = lineage.project.tables.get(table)
    if known is None:
        return None
    relation = f"{quoted(known.schema)}.{quoted(known.alias)}"
    columns = lineage.columns.get(table, ())
    if CUSTOMER in columns:
        return Rows(table, _where(relation, f"{CUSTOMER} = $customer"))
    for other in before:
        link = _link(lineage, table, other.table)
        if link is not None:
            own, theirs = link
            chosen = f"select cast({quoted(theirs)} as varchar) from ({other.query})"  # noqa: S608
            own = f"cast({quoted(own)} as varchar)"
            return Rows(table, _where(relation, f"{own} in ({chosen})"))
    for column in columns:
        for kind in identifiers:
            if column.endswith("_id") and kind.endswith(column):
                chosen = (
                    f"select identifier_value from {_IDENTIFIERS}"  # noqa: S608
                    f" where {CUSTOMER} = $customer and identifier_type = '{kind}'"
                )
                return Rows(table, _where(relation, f"{quoted(column)} in ({chosen})"))
    return None


def _where(relation: str, condition: str) -> str:
    return f"select * from {relation} where {condition}"  # noqa: S608 - names are quoted


def _link(lineage: Lineage, table: str, other: str) -> tuple[str, str] | None:
    """Return the columns by which rows of a table are those behind other rows."""
    theirs = lineage.columns.get(other, ())
    if table == EVENTS:
        return ("message_id", "event_id") if "event_id" in theirs else None
    own = lineage.columns.get(table, ())
    if own and own[0].endswith("_id") and own[0] in theirs:
        return own[0], own[0]
    if theirs and not own:  # a loaded table: by what the key of the model is made of
        for step in lineage.graph.steps.get(Place(other, theirs[0]), ()):
            if step.origin.table == table and not step.origin.path:
                return step.origin.column, theirs[0]
    return None
