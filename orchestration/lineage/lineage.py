"""The workspace's lineage: made when a file has changed, else read from disk."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from activation.exposures import Sync, load_syncs
from cdp.errors import Rejected
from cdp.settings import Settings
from orchestration.lineage.compiled import (
    compile_project,
    fingerprint_of,
    lineage_dir,
    read_manifest,
)
from orchestration.lineage.fields import Field, fields_of, query_name
from orchestration.lineage.graph import Builder, Graph
from orchestration.lineage.live import live_fields
from orchestration.lineage.place import Step
from orchestration.lineage.project import Project, project_of
from orchestration.lineage.queries import read_queries


class Lineage(msgspec.Struct, frozen=True):
    """All that is known of where values come from.

    Attributes:
        project: The tables.
        graph: Places and steps.
        fields: Fields of destinations.
        columns: By table, its columns.
        exposures: Files that syncs are written in, by sync.
    """

    project: Project
    graph: Graph
    fields: tuple[Field, ...]
    columns: dict[str, tuple[str, ...]]
    exposures: dict[str, str]


class _Kept(msgspec.Struct, frozen=True):
    fingerprint: str
    lineage: Lineage


def load_lineage(settings: Settings) -> Lineage:
    """Return the lineage of the workspace.

    Raises:
        Rejected: dbt cannot compile the models.
        Misconfigured: A sync is not complete.
    """
    folder = lineage_dir(settings)
    made_from = fingerprint_of(settings.project_dir) + _settings_of(settings)
    file = folder / "lineage.msgpack"
    try:
        kept = msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
        if kept.fingerprint == made_from:
            return kept.lineage
    except (OSError, msgspec.DecodeError):
        pass
    lineage = make_lineage(settings, folder / "now")
    new = file.with_suffix(".new")
    new.write_bytes(msgspec.msgpack.encode(_Kept(made_from, lineage)))
    new.replace(file)
    return lineage


def _settings_of(settings: Settings) -> str:
    """Tell one project from another that keeps its data in the same folder."""
    return hashlib.sha256(str(settings.project_dir).encode()).hexdigest()[:8]


def make_lineage(settings: Settings, folder: Path) -> Lineage:
    """Make it anew.

    Args:
        settings: The workspace; its project may be another revision's.
        folder: Receives what dbt compiles.
    """
    first, later = compile_project(settings.project_dir, folder)
    return _lineage(settings, first, later)


def lineage_of_manifest(settings: Settings, file: Path) -> Lineage:
    """Return the lineage of a manifest that dbt has left.

    Raises:
        Rejected: It is none, or its models have not been compiled.
    """
    manifest = read_manifest(file)
    nodes = manifest.get("nodes", {}).values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    if not all(node.get("compiled_code") for node in models):
        raise Rejected(
            "its models have not been compiled",
            place=str(file),
            fix="Keep the manifest of `dbt build` or `dbt compile`",
        )
    with tempfile.TemporaryDirectory(prefix="headwater-manifest-") as folder:
        copy = Path(folder) / "manifest.json"
        shutil.copyfile(file, copy)
        return _lineage(settings, copy, None)


def _lineage(settings: Settings, first: Path, later: Path | None) -> Lineage:
    manifest = read_manifest(first)
    project = project_of(
        settings.project_dir, manifest, read_manifest(later) if later else None
    )
    syncs = _syncs(settings, first)
    queries = read_queries(
        project, {query_name(sync): sync.query for sync in syncs if sync.query}
    )
    fields, steps = _fields(syncs, queries.relations)
    live, problems = live_fields(settings)
    steps |= {place: found[1] for place, found in live.items()}
    graph = Builder(project, queries, steps).build()
    return Lineage(
        project,
        Graph(graph.steps, tuple(sorted({*graph.problems, *problems}))),
        (*fields, *(found[0] for found in live.values())),
        dict(queries.columns),
        _exposures(manifest),
    )


def _syncs(settings: Settings, manifest: Path) -> list[Sync]:
    environment = {**settings.environment, "DBT_TARGET_PATH": str(manifest.parent)}
    return load_syncs(replace(settings, environment=environment))


def _fields(
    syncs: list[Sync], relations: Mapping[tuple[str, str], str]
) -> tuple[list[Field], dict[Any, tuple[Step, ...]]]:
    fields, steps = [], {}
    for field, each in fields_of(syncs, dict(relations)):
        fields.append(field)
        steps[field.place] = each
    return fields, steps


def _exposures(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(one["name"]): str(one["original_file_path"])
        for one in manifest.get("exposures", {}).values()
    }
