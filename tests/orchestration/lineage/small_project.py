"""A project of a few queries, and what their columns are made of."""

from __future__ import annotations

from orchestration.lineage.graph import Builder, Graph
from orchestration.lineage.place import Place
from orchestration.lineage.project import Project, Table
from orchestration.lineage.queries import read_queries

EVENTS = Table("events.events", "source", "raw_events", "events", "sources.yml")
CHARGES = Table("stripe.charges", "source", "raw_stripe", "charges", "sources.yml")


def graph_of(*tables: Table, **codes: str) -> Graph:
    """Return the graph of models in the schema ``main``, given parents first."""
    known = {table.name: table for table in (EVENTS, CHARGES, *tables)}
    for name, code in codes.items():
        known[name] = Table(name, "model", "main", name, f"{name}.sql", codes=(code,))
    project = Project("duckdb", known)
    return Builder(project, read_queries(project, {}), {}).build()


def origins_of(graph: Graph, table: str, column: str) -> set[str]:
    """Return where a column comes from, ``name`` or ``if name`` for a condition."""
    found: set[str] = set()
    queue = [(Place(table, column), "")]
    for place, mark in queue:
        steps = [step for step in graph.steps[place] if step.how != "filter"]
        if not steps and "." in place.table:
            events = "|".join(place.events)
            found.add(f"{mark}{events}{':' if events else ''}{place.name}")
        queue += [
            (step.origin, "if " if mark or step.how == "condition" else "")
            for step in steps
            if (step.origin, mark) not in queue
        ]
    return found
