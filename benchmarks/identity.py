"""How long the closure of identity takes, next to native code as the limit.

    python benchmarks/identity.py [LINKS]

Builds a graph of many small persons and a few very long chains, resolves it with the
contraction that dbt runs (macros/identity/contract_links.sql, rendered here by a Jinja
environment over one DuckDB connection) and with scipy, and checks that both agree.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from jinja2 import Environment, FileSystemLoader
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

PROJECT = Path(__file__).parents[1]
MACROS = ("scratch_table.sql", "contract_links.sql")
CHAIN_LINKS = 10_000


class _Result:
    """The part of dbt's query result that the macro reads."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.columns = [_Column([row[0] for row in rows])]


class _Column:
    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def values(self) -> list[Any]:
        return self._values


class _Adapter:
    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def dispatch(self, name: str) -> Any:
        return self._names[f"duckdb__{name}"]


def contract(connection: duckdb.DuckDBPyConnection) -> None:
    """Run the macro as dbt does; leaves its answer in the table scratch_identities."""

    def run_query(sql: str) -> _Result | None:
        rows = connection.execute(sql).fetchall()
        return _Result(rows) if sql.lstrip().startswith("select") else None

    environment = Environment(  # noqa: S701 - SQL, not HTML
        loader=FileSystemLoader(PROJECT / "macros" / "identity"),
        extensions=["jinja2.ext.do"],
    )
    names: dict[str, Any] = {"run_query": run_query, "execute": True}
    names |= {"adapter": _Adapter(names), "return": lambda value: value}
    environment.globals.update(names)
    for file in MACROS:
        module = environment.get_template(file).make_module(names)
        names |= {n: v for n, v in vars(module).items() if not n.startswith("_")}
        environment.globals.update(names)
    names["contract_links"]("links", "true", "identities")


def graph(link_count: int) -> np.ndarray:
    """Return links as an array of two columns, numbered from 1, in no order."""
    chance = np.random.default_rng(7)
    chain_count = max(1, link_count // 10 // CHAIN_LINKS)
    chained = chain_count * CHAIN_LINKS
    starts = np.arange(chained) + np.arange(chained) // CHAIN_LINKS
    chains = np.column_stack((starts, starts + 1))
    free = link_count - chained
    first = chains.max() + 1
    persons = first + np.sort(chance.integers(0, free, size=free))
    devices = first + free + np.arange(free)
    links = np.vstack((chains, np.column_stack((persons, devices))))
    names = chance.permutation(links.max() + 1) + 1
    return np.asarray(names[chance.permutation(links)])


def scipy_components(links: np.ndarray) -> int:
    """Return the number of components among the nodes that have a link."""
    nodes, places = np.unique(links, return_inverse=True)
    rows, columns = places.reshape(links.shape).T
    matrix = coo_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)))
    matrix.resize((len(nodes), len(nodes)))
    return int(connected_components(matrix, directed=False)[0])


def main() -> None:
    """Print seconds and components of both."""
    link_count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    links = graph(link_count)
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "identity.duckdb"))
        numbers = {"l": links[:, 0], "r": links[:, 1]}  # noqa: F841 - DuckDB reads it
        connection.execute(
            "create table links as select l as left_number, r as right_number"
            " from numbers"
        )
        start = time.perf_counter()
        contract(connection)
        contraction_seconds = time.perf_counter() - start
        found = connection.execute(
            "select count(distinct component_label), count(*) from scratch_identities"
        ).fetchone()
    assert found is not None
    start = time.perf_counter()
    expected = scipy_components(links)
    scipy_seconds = time.perf_counter() - start
    print(f"{len(links):,} links, {found[1]:,} identifiers, {found[0]:,} persons")
    print(f"contraction in SQL {contraction_seconds:7.2f} s")
    print(f"scipy in memory    {scipy_seconds:7.2f} s   {expected:,} persons")
    if found[0] != expected:
        sys.exit("The two do not agree.")


if __name__ == "__main__":
    main()
