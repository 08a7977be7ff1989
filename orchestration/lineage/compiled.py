"""dbt's manifest with every model's SQL, made without a warehouse.

dbt compiles against an empty DuckDB file of its own, so that nothing has to be built,
nobody waits for a writing turn, and what production holds is never opened. Models that
are incremental are compiled twice: as a first build, and as one that finds its table.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import yaml
from filelock import FileLock

from cdp.errors import Rejected
from cdp.settings import Settings
from cdp.yaml_text import read_yaml
from orchestration.fingerprints import of_files

CODE = (
    *("models", "macros", "seeds", "analyses"),
    *("dbt_project.yml", "profiles.yml", "headwater.yml"),
    *("tracking_plan", "activation/destinations", "activation/transformations"),
)
"""What lineage is made from, relative to the project."""
AS_OF = "2025-01-01T00:00:00.042Z"
"""Stands in compiled SQL for the moment of the run."""
VERSION = "11"
"""Of what is kept; another one is made anew."""
_WAREHOUSE = "empty"


def lineage_dir(settings: Settings) -> Path:
    """Return where lineage keeps what it made."""
    return settings.data_dir / "state" / "lineage"


def fingerprint_of(project_dir: Path) -> str:
    """Return a fingerprint of all files that lineage is made from."""
    return f"{VERSION}-{of_files(project_dir, CODE)}"


def compile_project(project_dir: Path, folder: Path) -> tuple[Path, Path | None]:
    """Have dbt compile a project; return its manifest, and that of a later run.

    Args:
        project_dir: The project.
        folder: Receives the manifests, and what dbt remembers of the files; for this
            project alone.

    Returns:
        The manifest of a first build, and one in which incremental models find their
        tables; None where no model is incremental.

    Raises:
        Rejected: dbt cannot read the project.
    """
    work = folder / "dbt"
    work.mkdir(parents=True, exist_ok=True)
    with FileLock(work / "compile.lock"):
        _write_profile(project_dir, work)
        warehouse = work / f"{_WAREHOUSE}.duckdb"
        warehouse.unlink(missing_ok=True)
        first = _compile(project_dir, work, [], folder / "first")
        nodes = read_manifest(first)["nodes"].values()
        later = [node for node in nodes if _is_incremental(node)]
        if not later:
            return first, None
        with duckdb.connect(str(warehouse)) as connection:
            for node in later:
                schema, table = node["schema"], node["alias"]
                connection.execute(f'create schema if not exists "{schema}"')
                connection.execute(f'create table "{schema}"."{table}" (nothing int)')
        names = [str(node["name"]) for node in later]
        return first, _compile(project_dir, work, names, folder / "later")


def read_manifest(file: Path) -> dict[str, Any]:
    """Return a manifest.

    Raises:
        Rejected: It cannot be read.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise Rejected("this is no manifest of dbt", place=str(file)) from error


def _is_incremental(node: dict[str, Any]) -> bool:
    kind = (node.get("config") or {}).get("materialized")
    return node["resource_type"] == "model" and kind == "incremental"


def _write_profile(project_dir: Path, folder: Path) -> None:
    """Write a profile of an empty file; another adapter keeps the project's own."""
    project = read_yaml((project_dir / "dbt_project.yml").read_text())
    target = {
        "type": "duckdb",
        "path": str(folder / f"{_WAREHOUSE}.duckdb"),
        "schema": "main",
        "threads": 1,
    }
    # macros ask the warehouse nothing for a target of this name
    outputs = {"target": "preview", "outputs": {"preview": target}}
    profile = {project["profile"]: outputs}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")


def _compile(project_dir: Path, work: Path, names: list[str], kept: Path) -> Path:
    chosen = names or ["resource_type:model", "resource_type:analysis"]
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "compile"]
    command += ["--profiles-dir", str(work), "--select", *chosen]
    done = subprocess.run(
        command,
        cwd=project_dir,
        env=dict(os.environ)
        | {
            "CDP_PROJECT_DIR": str(project_dir),
            "DBT_TARGET_PATH": str(work / "target"),
            "DBT_LOG_PATH": str(work / "logs"),
            "CDP_AS_OF": AS_OF,
            "DO_NOT_TRACK": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.strip()]
        raise Rejected(
            "dbt cannot compile the models: " + " ".join(said[-6:]),
            place=str(project_dir),
            fix="Run `dbt compile` and put right what it names",
        )
    kept.mkdir(parents=True, exist_ok=True)
    copied = shutil.copyfile(work / "target" / "manifest.json", kept / "manifest.json")
    return Path(copied)
