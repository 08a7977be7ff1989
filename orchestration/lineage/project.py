"""The tables of the dbt project, as far as lineage reads them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from orchestration.lineage.compiled import AS_OF

_MOMENT = re.compile(r"'(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^']*)'")
Kind = Literal["model", "seed", "source"]


@dataclass(frozen=True, slots=True)
class Table:
    """A model, a seed, or a table that is loaded.

    Attributes:
        name: The model's name; ``source.table`` for what is loaded.
        kind: Which of the three.
        schema: Where it stands.
        alias: What it is called there.
        file: Where it is written, relative to the project.
        documented_in: The YAML file that describes it.
        columns: Documented columns with their types; a type may be empty.
        codes: Its SQL as dbt compiled it: first build, and later run where it differs.
        parents: Tables that it refers to, also in hooks.
        hooks: Its pre-hooks, not compiled.
        made_from: Models that a program outside dbt makes it from.
        key: Columns that identify a row, where its tests say so.
        materialized: table, view, incremental, seed; empty for what is loaded.
        checksum: Of the file, as dbt has it.
    """

    name: str
    kind: Kind
    schema: str
    alias: str
    file: str
    documented_in: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    materialized: str = ""
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """All of them, parents first.

    Attributes:
        dialect: Of the adapter, as sqlglot calls it.
        tables: By name.
        is_of_one_run: Incremental models were compiled once, as dbt found them.
    """

    dialect: str
    tables: Mapping[str, Table]
    is_of_one_run: bool = False

    def by_relation(self) -> dict[tuple[str, str], str]:
        """Return the tables' names by schema and alias, in lower case."""
        return {
            (table.schema.lower(), table.alias.lower()): table.name
            for table in self.tables.values()
        }


def project_of(
    project_dir: Path, first: Mapping[str, Any], later: Mapping[str, Any] | None
) -> Project:
    """Return the tables of a manifest.

    Args:
        project_dir: The project; headers of seeds are read there.
        first: The manifest of a first build.
        later: That of a later run, if any model is incremental.
    """
    names = _names(first)
    nodes = {**first["sources"], **first["nodes"]}
    tables = {}
    for unique_id in _parents_first(nodes):
        if unique_id in names:
            node = nodes[unique_id]
            again = (later or {}).get("nodes", {}).get(unique_id) or {}
            codes = _distinct(
                _without_catalog(
                    _without_moment(one.get("compiled_code"), made["metadata"]), node
                )
                for one, made in ((node, first), (again, later or first))
            )
            tables[names[unique_id]] = _table(project_dir, node, names, codes)
    dialect = str(first["metadata"].get("adapter_type") or "duckdb")
    return Project(dialect, tables, later is None)


def _names(manifest: Mapping[str, Any]) -> dict[str, str]:
    names = {
        unique_id: f"{node['source_name']}.{node['name']}"
        for unique_id, node in manifest["sources"].items()
    }
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "seed", "snapshot"):
            names[unique_id] = str(node["name"])
    return names


def _table(
    project_dir: Path,
    node: Mapping[str, Any],
    names: Mapping[str, str],
    codes: tuple[str, ...],
) -> Table:
    kind = node["resource_type"]
    config = node.get("config") or {}
    file = str(node["original_file_path"])
    meta = config.get("meta") or node.get("meta") or {}
    columns = {
        str(name): str(column.get("data_type") or "")
        for name, column in (node.get("columns") or {}).items()
    }
    if kind == "seed":
        columns = dict.fromkeys(_header(project_dir / file), "") | columns
    parents = (node.get("depends_on") or {}).get("nodes") or ()
    return Table(
        name=names[node["unique_id"]],
        kind=kind if kind in ("source", "seed") else "model",
        schema=str(node["schema"]),
        alias=str(node.get("alias") or node.get("identifier") or node["name"]),
        file=file,
        documented_in=str(node.get("patch_path") or file).split("://")[-1],
        columns=columns,
        codes=codes,
        parents=tuple(names[one] for one in parents if one in names),
        hooks=tuple(
            str(hook.get("sql") if isinstance(hook, Mapping) else hook)
            for hook in config.get("pre-hook") or ()
        ),
        made_from=tuple(meta.get("made_from") or ()),
        key=tuple(node.get("primary_key") or ()),
        materialized=str(config.get("materialized") or ""),
        checksum=str((node.get("checksum") or {}).get("checksum") or ""),
    )


def _header(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            return next(csv.reader(handle), [])
    except OSError:
        return []


def _parents_first(nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    order: dict[str, None] = {}
    # dbt has refused circles
    stack = [(one, False) for one in reversed(list(nodes))]
    while stack:
        unique_id, is_ready = stack.pop()
        if unique_id in order or unique_id not in nodes:
            continue
        if is_ready:
            order[unique_id] = None
            continue
        stack.append((unique_id, True))
        depends_on = nodes[unique_id].get("depends_on") or {}
        stack += [(one, False) for one in depends_on.get("nodes") or ()]
    return list(order)


def _without_moment(code: Any, metadata: Mapping[str, Any]) -> str:
    """Return SQL without the moment at which it was compiled.

    A model that writes ``run_started_at`` would else be another one each time.
    """

    def moment(match: re.Match[str]) -> str:
        written = match.group(1).replace(" ", "T")
        is_now = started[:19] <= written[:19] <= ended[:19]
        return f"'{AS_OF}'" if is_now else match.group(0)

    ended = str(metadata.get("generated_at") or "")
    started = str(metadata.get("invocation_started_at") or ended)
    return _MOMENT.sub(moment, str(code or ""))


def _without_catalog(code: str, node: Mapping[str, Any]) -> str:
    """Return SQL without the name of the file that it was compiled for."""
    catalog = re.escape(str(node.get("database") or ""))
    return re.sub(rf'"{catalog}"\.(?="[^"]+"\.")', "", code) if catalog else code


def _distinct(codes: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(code) for code in codes if code))
