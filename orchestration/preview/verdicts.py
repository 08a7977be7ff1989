"""SQLMesh's plan of a change: which models it touches, and whether it breaks them.

SQLMesh gets the models as dbt compiled them, before and after, and plans the second
against the first as production. Nothing is built for it: its state is in memory.
"""

from __future__ import annotations

import difflib
import os
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from orchestration.lineage.project import Project, Table
from orchestration.preview.grain import decides_other_rows, follows_columns
from orchestration.preview.models_for_sqlmesh import (
    Columns,
    new_context,
    put_models,
)

_SAID = {
    1: "breaking",
    2: "not breaking",
    3: "forward only",
    4: "breaking, by what it reads",
    5: "not breaking, by what it reads",
    6: "metadata alone",
}


class Verdict(msgspec.Struct, frozen=True):
    """What a change does to one model.

    Attributes:
        model: Its name.
        change: new, removed, changed, or affected by another one.
        category: What SQLMesh says of it.
        is_breaking: Rows that were there may be different, or a column is gone.
        text: The change of its SQL; empty where that is the same.
        file: Where it is written.
    """

    model: str
    change: str
    category: str
    is_breaking: bool
    text: str = ""
    file: str = ""


def touched(before: Project, after: Project) -> tuple[set[str], set[str]]:
    """Return the models that a change changes, and those that read them."""
    names = {*before.tables, *after.tables}
    changed = {
        name
        for name in names
        if _differ(before.tables.get(name), after.tables.get(name))
    }
    affected = set(changed)
    for name, table in after.tables.items():  # parents come first
        if affected & set(table.parents):
            affected.add(name)
    return changed, affected - changed


def _differ(before: Table | None, after: Table | None) -> bool:
    if _content(before) == _content(after):
        return False
    if before is None or after is None or before.checksum != after.checksum:
        return True
    # a macro that loops over what dbt has read does so in the order of reading
    return _unordered(before) != _unordered(after)


def _as_compiled(before: Project, after: Project) -> Project:
    """Return a project compiled as another one was.

    A manifest that dbt has left has incremental models as they were found: of a file
    that is the same, what it does not say of other runs is no change.
    """
    tables = dict(after.tables)
    for name, was in before.tables.items() if before.is_of_one_run else ():
        table = tables.get(name)
        if table and len(table.codes) > 1 and was.checksum == table.checksum:
            same = tuple(code for code in table.codes if code in was.codes)
            tables[name] = replace(table, codes=same or table.codes)
    return replace(after, tables=tables)


def _unordered(table: Table) -> object:
    lines = sorted(line.strip() for code in table.codes for line in code.splitlines())
    return _content(replace(table, codes=tuple(line for line in lines if line)))


def _content(table: Table | None) -> object:
    if table is None or table.kind == "source":
        return None
    is_seed = table.kind == "seed"
    return (
        table.codes, table.hooks, table.materialized, table.schema, table.alias,
        tuple(table.columns.items()) if not is_seed else table.checksum,
    )  # fmt: skip


def verdicts_of(
    before: Project, after: Project, columns: Mapping[str, Iterable[str]]
) -> list[Verdict]:
    """Return SQLMesh's plan of a change, parents first.

    Args:
        before: Production's models.
        after: The models with the change.
        columns: Of the models, by name. SQLMesh does not find those of a model that
            ends with ``select *``, and would take any change of it for a breaking one.
    """
    after = _as_compiled(before, after)
    changed, affected = touched(before, after)
    names = changed | affected
    os.environ.setdefault("SQLMESH__DISABLE_ANONYMIZED_ANALYTICS", "true")
    wanted = {name: tuple(columns.get(name, ())) for name in sorted(names)}
    found = _plan_of(before, after, wanted)
    if any(len(one.codes) > 1 for one in _both(changed, before, after)):
        later = _plan_of(_in_later_runs(before), _in_later_runs(after), wanted)
        for name in changed & later.keys():
            known, one = found.get(name), later[name]
            if known is None or (one.is_breaking and not known.is_breaking):
                category = f"{one.category}, in later runs"
                found[name] = msgspec.structs.replace(one, category=category)
    order = [*after.tables, *(name for name in before.tables if name in changed)]
    said = [found.get(name) or _unseen(name, before, after, changed) for name in order
            if name in names]  # fmt: skip
    return list(_with_parents({one.model: one for one in said}, after).values())


def _plan_of(before: Project, after: Project, columns: Columns) -> dict[str, Verdict]:
    with (
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory(prefix="headwater-plan-") as folder,
    ):
        # of libraries that SQLMesh uses, about each other
        warnings.simplefilter("ignore")
        plan = _planned(before, after, columns, Path(folder))
        return {one.model: one for one in plan}


def _both(names: AbstractSet[str], *projects: Project) -> Iterable[Table]:
    return (one.tables[name] for one in projects for name in names & one.tables.keys())


def _in_later_runs(project: Project) -> Project:
    """Return a project with the SQL of incremental models that find their table."""
    tables = {name: replace(one, codes=one.codes[-1:])
              for name, one in project.tables.items()}  # fmt: skip
    return replace(project, tables=tables)


def _with_parents(said: dict[str, Verdict], after: Project) -> dict[str, Verdict]:
    """Let what breaks nothing by itself tell of what it reads."""
    breaking: set[str] = set()
    for name, one in said.items():
        table = after.tables.get(name)
        if not one.is_breaking and table and breaking & set(table.parents):
            said[name] = msgspec.structs.replace(
                one, category=_SAID[4], is_breaking=True
            )
        if said[name].is_breaking:
            breaking.add(name)
    return said


def _planned(
    before: Project, after: Project, columns: Columns, folder: Path
) -> Iterable[Verdict]:
    context = new_context(folder, after.dialect)
    known = put_models(context, before, columns)
    production = context.plan_builder("prod", skip_tests=True).build()
    context.state_sync.push_snapshots(production.new_snapshots)
    context.state_sync.promote(production.environment)
    context.state_sync.finalize(production.environment)
    now = put_models(context, after, columns)
    for name in known.keys() - now.keys():
        context._models.pop(known[name])  # noqa: SLF001 - files are what it removes by
    # a sync, a contract or a seed may change alone: SQLMesh plans no such thing
    builder = context.plan_builder("preview", skip_tests=True, include_unmodified=True)
    plan = builder.build()
    names_by_fqn = {fqn: name for name, fqn in now.items()}
    yield from _told(plan.context_diff, names_by_fqn, before, after)
    context.close()


def _difference(before: Project, after: Project, name: str) -> str:
    """Return the change of a model's compiled SQL."""
    old, new = (
        [line for line in one.tables[name].codes[0].splitlines() if line.strip()]
        for one in (before, after)
    )
    return "\n".join(difflib.unified_diff(old, new, n=2, lineterm=""))


def _told(
    difference: Any, names: dict[str, str], before: Project, after: Project
) -> Iterable[Verdict]:
    for fqn, (snapshot, _) in difference.modified_snapshots.items():
        if fqn not in names:
            continue
        is_direct = difference.directly_modified(fqn)
        codes = [one.tables[names[fqn]].codes[0] for one in (before, after)]
        category = int(snapshot.change_category or 0)
        if category == 2 and decides_other_rows(codes[0], codes[1], after.dialect):
            category = 1
        if category == 5 and follows_columns(codes[1], after.dialect):
            category = 4
        text = _difference(before, after, names[fqn]) if is_direct else ""
        yield Verdict(
            names[fqn],
            "changed" if is_direct else "affected",
            _SAID.get(category, "unknown"),
            category in (1, 4),
            text,
            after.tables[names[fqn]].file,
        )


def _unseen(name: str, before: Project, after: Project, changed: set[str]) -> Verdict:
    """Return the verdict on what SQLMesh does not see: new, gone, seeds, contracts."""
    table = after.tables.get(name) or before.tables[name]
    if name not in before.tables:
        return Verdict(name, "new", "not breaking", False, "", table.file)
    if name not in after.tables:
        return Verdict(name, "removed", "breaking", True, "", table.file)
    change = "changed" if name in changed else "affected"
    was, category = before.tables[name], "the SQL is the same"
    if table.kind == "seed" and name in changed:
        category = _SAID[1]
    elif (was.schema, was.alias) != (table.schema, table.alias):
        category = f"breaking: {was.schema}.{was.alias} is no more"
    elif was.codes != table.codes and name in changed:
        category = "breaking, perhaps: SQLMesh cannot read it"
    elif was.hooks != table.hooks:
        category = "breaking: its pre-hooks are others"
    breaks = category.startswith(_SAID[1])
    return Verdict(name, change, category, breaks, "", table.file)
