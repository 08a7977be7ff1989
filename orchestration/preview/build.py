"""The changed models and what reads them, built beside production.

dbt builds them into a file of its own; whatever is not touched it reads from the newest
published snapshot (``--defer``). Production is only ever read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import yaml

from cdp.errors import Misconfigured, Rejected
from cdp.preview import create_views, loaded_path
from cdp.quoting import literal
from cdp.settings import Settings
from cdp.yaml_text import read_yaml

PRODUCTION = "warehouse"
"""The catalog of the snapshot: what its own views call it."""
_SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Built:
    """What dbt has built.

    Attributes:
        file: The file that has it.
        production: The snapshot that it read.
        manifest: The folder of dbt's manifest.
        failed: Why models could not be built, by name.
    """

    file: Path
    production: Path
    manifest: Path
    failed: dict[str, str]

    def open(self) -> duckdb.DuckDBPyConnection:
        """Open the preview, with production attached for reading."""
        connection = duckdb.connect(str(self.file))
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"attach {literal(str(self.production))} as {PRODUCTION} (read_only)"
        )
        return connection


def preview_dir(settings: Settings) -> Path:
    """Return where the preview is kept."""
    return settings.data_dir / "preview"


def build_changes(
    settings: Settings, base_manifest: Path, names: Sequence[str], as_of: str
) -> Built:
    """Have dbt build some models as they are now.

    Args:
        settings: The workspace.
        base_manifest: dbt's manifest of production's models.
        names: The models; parents first is not needed.
        as_of: The moment that production counted "the last N days" back from.

    Raises:
        Misconfigured: Nothing has been loaded or built yet.
        Rejected: dbt cannot read the project.
    """
    folder = preview_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{_SCRATCH}.duckdb"
    file.unlink(missing_ok=True)
    production = loaded_path(settings)
    built = Built(file, production, folder / "target", {})
    with built.open() as connection:
        if not create_views(connection, PRODUCTION):
            raise Misconfigured(
                "nothing has been loaded", place=str(production), fix="Run `cdp run`"
            )
    _write_profile(settings, folder, built)
    _write_state(base_manifest, folder / "state")
    results = folder / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    said = _run_dbt(settings, folder, names, as_of)
    if not results.is_file():
        raise Rejected(
            f"dbt cannot read the models: {said}", place=str(settings.project_dir)
        )
    built.failed.update(_failures(results))
    return built


def _write_profile(settings: Settings, folder: Path, built: Built) -> None:
    project = read_yaml((settings.project_dir / "dbt_project.yml").read_text())
    output = {
        "type": "duckdb",
        "path": str(built.file),
        "schema": "main",
        "threads": 2,
        "settings": {"TimeZone": "UTC"},
        "attach": [
            {"path": str(built.production), "alias": PRODUCTION, "read_only": True}
        ],
    }
    # the project's hooks and macros know a preview by this name
    profile = {
        project["profile"]: {"target": "preview", "outputs": {"preview": output}}
    }
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")


def _write_state(base_manifest: Path, folder: Path) -> None:
    """Write production's manifest, its tables where the snapshot is attached."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = msgspec.json.decode(base_manifest.read_bytes())
    for node in manifest["nodes"].values():
        if node.get("database"):
            node["database"] = PRODUCTION
            relation = f'"{PRODUCTION}"."{node["schema"]}"."{node.get("alias")}"'
            node["relation_name"] = relation if node.get("relation_name") else None
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def _run_dbt(settings: Settings, folder: Path, names: Sequence[str], as_of: str) -> str:
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "build"]
    command += ["--resource-type", "model", "--resource-type", "seed"]
    command += ["--profiles-dir", str(folder), "--select", *names]
    command += ["--defer", "--favor-state", "--state", str(folder / "state")]
    done = subprocess.run(
        command,
        cwd=settings.project_dir,
        env=dict(os.environ)
        | {
            "CDP_PROJECT_DIR": str(settings.project_dir),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "CDP_AS_OF": as_of,
            "DO_NOT_TRACK": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join(done.stdout.split()[-60:])


def _failures(results: Path) -> dict[str, str]:
    found = {}
    for one in msgspec.json.decode(results.read_bytes())["results"]:
        if one["status"] not in ("success", "pass"):
            name = str(one["unique_id"]).rsplit(".", 1)[-1]
            said = " ".join(str(one.get("message") or one["status"]).split())
            found[name] = said[:300]
    return found


def forget(settings: Settings) -> None:
    """Remove the preview's tables; its page stays."""
    (preview_dir(settings) / f"{_SCRATCH}.duckdb").unlink(missing_ok=True)
    shutil.rmtree(preview_dir(settings) / "state", ignore_errors=True)
