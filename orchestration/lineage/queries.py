"""Every model's SQL, parsed, its stars and names made explicit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from orchestration.lineage.compiled import AS_OF
from orchestration.lineage.project import Project, Table


@dataclass(frozen=True, slots=True)
class Queries:
    """The project's queries.

    Attributes:
        dialect: What they are written in.
        scopes: By table, the outermost part of each of its queries.
        columns: By table, what its queries return, or what is documented.
        relations: Names of tables by schema and alias.
        problems: By table, why its SQL could not be read.
    """

    dialect: str
    scopes: Mapping[str, tuple[Scope, ...]]
    columns: Mapping[str, tuple[str, ...]]
    relations: Mapping[tuple[str, str], str]
    problems: Mapping[str, str]

    def table_of(self, source: exp.Table) -> str | None:
        """Return the name of a table in a query; None for one that is not dbt's."""
        return self.relations.get((source.db.lower(), source.name.lower()))


def read_queries(project: Project, more: Mapping[str, str]) -> Queries:
    """Parse all models.

    Args:
        project: The tables, parents first.
        more: Further queries, by name: of syncs that have one.
    """
    schema: dict[str, dict[str, dict[str, str]]] = {}
    scopes: dict[str, tuple[Scope, ...]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    problems: dict[str, str] = {}
    tables = list(project.tables.values())
    tables += [
        Table(name, "model", "", name, "", codes=(code,)) for name, code in more.items()
    ]
    for table in tables:
        try:
            roots = [_root(code, project.dialect, schema) for code in table.codes]
        except (SqlglotError, RecursionError) as error:
            problems[table.name] = str(error).split("\n", 1)[0]
            roots = []
        found = [name for root in roots for name in names_of(root.expression)]
        if not found or "*" in found:  # else the query says it all
            found = [*table.columns, *found]
        names = [name for name in dict.fromkeys(found) if name != "*"]
        scopes[table.name] = tuple(roots)
        columns[table.name] = tuple(names)
        # what is loaded has columns that nobody has declared: any name is one of its
        if table.kind != "source" and table.schema:
            schema.setdefault(table.schema, {})[table.alias] = dict.fromkeys(names, "")
    return Queries(project.dialect, scopes, columns, project.by_relation(), problems)


def _root(code: str, dialect: str, schema: Mapping[str, Any]) -> Scope:
    tree = sqlglot.parse_one(code, dialect=dialect)
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    with_names = qualify(
        tree,
        dialect=dialect,
        schema=dict(schema),
        validate_qualify_columns=False,
        infer_schema=True,
    )
    root = build_scope(with_names)
    if root is None:
        raise SqlglotError("this is no query")
    return root


def names_of(query: exp.Expr) -> list[str]:
    """Return the names of the columns that a query returns."""
    return list(query.named_selects) if isinstance(query, exp.Query) else []


def written(expression: exp.Expr, dialect: str) -> str:
    """Return an expression as people write it."""
    plain = expression.copy().transform(_with_as_of)
    for identifier in plain.find_all(exp.Identifier):
        identifier.set("quoted", False)
    text: str = plain.sql(dialect=dialect, comments=False, normalize_functions="lower")
    return text


def _with_as_of(node: exp.Expr) -> exp.Expr:
    """Write the moment of the run as the models do."""
    inner = node.this if isinstance(node, exp.Cast) else None
    moment = inner.this if isinstance(inner, exp.Cast) else None
    if isinstance(moment, exp.Literal) and moment.this == AS_OF:
        return exp.Anonymous(this="as_of")
    return node
