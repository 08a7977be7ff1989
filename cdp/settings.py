"""The workspace: ``headwater.yml`` and the environment, read once, then unchanged.

Secrets stand in the file only as ``${NAME}``; ``${NAME:-default}`` gives a default for
what is no secret. A reference is resolved when its section is asked for, so that the
collector starts without the secrets of the destinations.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cdp.errors import Misconfigured
from cdp.yaml_text import read_yaml

STAGES = ("starter", "growth", "ml", "real_time")
WORKSPACE_FILE = "headwater.yml"
REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one workspace is set to.

    Attributes:
        project_dir: The checkout: where ``headwater.yml`` and ``dbt_project.yml`` are.
        data_dir: Everything that is written: ``CDP_DATA_DIR``, or ``var`` in the
            checkout.
        document: ``headwater.yml`` as parsed, its references unresolved.
        environment: The environment that references are resolved from.
    """

    project_dir: Path
    data_dir: Path
    document: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that the loader, dbt and ml write, one at a time."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def dbt_target_dir(self) -> Path:
        """Where dbt leaves its manifest: ``DBT_TARGET_PATH``, or ``target``."""
        return self.project_dir / self.environment.get("DBT_TARGET_PATH", "target")

    @property
    def event_log_dir(self) -> Path:
        """The folder of the event log's topics."""
        return self.data_dir / "event_log"

    @property
    def stage(self) -> str:
        """The stage of the guide that the company has reached."""
        stage = str(self.document.get("stage", "starter"))
        if stage not in STAGES:
            raise Misconfigured(
                f"{stage!r} is no stage",
                place=f"{WORKSPACE_FILE}: stage",
                fix=f"Use one of {', '.join(STAGES)}",
            )
        return stage

    def section(self, path: str) -> dict[str, Any]:
        """Return one section with its references resolved.

        Args:
            path: Dotted path in ``headwater.yml``, such as ``destinations.crm``.

        Raises:
            Misconfigured: The section or an environment variable is missing.
        """
        value: Any = self.document
        for key in path.split("."):
            if not isinstance(value, Mapping) or key not in value:
                raise Misconfigured(
                    "this section is missing",
                    place=f"{WORKSPACE_FILE}: {path}",
                    fix=f"Add {path} to {WORKSPACE_FILE}",
                )
            value = value[key]
        if not isinstance(value, Mapping):
            raise Misconfigured(
                f"expected a mapping, found {type(value).__name__}",
                place=f"{WORKSPACE_FILE}: {path}",
            )
        resolved = _resolve(value, path, self.environment)
        assert isinstance(resolved, dict)  # noqa: S101 - a mapping resolves to a dict
        return resolved

    def names(self, path: str) -> list[str]:
        """Return the keys of a section in file order; none where it is absent."""
        value: Any = self.document
        for key in path.split("."):
            value = value.get(key, {}) if isinstance(value, Mapping) else {}
        return list(value) if isinstance(value, Mapping) else []


def _resolve(value: Any, place: str, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return REFERENCE.sub(lambda found: _lookup(found, place, environment), value)
    if isinstance(value, Mapping):
        return {
            key: _resolve(inner, f"{place}.{key}", environment)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _resolve(inner, f"{place}[{index}]", environment)
            for index, inner in enumerate(value)
        ]
    return value


def _lookup(found: re.Match[str], place: str, environment: Mapping[str, str]) -> str:
    name, default = found.group(1), found.group(2)
    value = environment.get(name, default)
    if value is None:
        raise Misconfigured(
            f"environment variable {name} is not set",
            place=f"{WORKSPACE_FILE}: {place}",
            fix=f"Export {name} before you start",
        )
    return value


def find_project_dir(start: Path) -> Path:
    """Return the nearest folder, from ``start`` upwards, that has ``headwater.yml``.

    Raises:
        Misconfigured: There is none.
    """
    for folder in (start, *start.parents):
        if (folder / WORKSPACE_FILE).is_file():
            return folder
    raise Misconfigured(
        f"no {WORKSPACE_FILE} here or above",
        place=str(start),
        fix="Run this inside a Headwater project, or set CDP_PROJECT_DIR",
    )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read ``headwater.yml`` and the environment.

    Args:
        environment: Used instead of ``os.environ``. ``CDP_PROJECT_DIR`` names the
            checkout, ``CDP_DATA_DIR`` the folder for data.

    Raises:
        Misconfigured: The file is missing or is not a YAML mapping.
    """
    env = dict(os.environ if environment is None else environment)
    project_dir = find_project_dir(Path(env.get("CDP_PROJECT_DIR") or Path.cwd()))
    workspace_file = project_dir / WORKSPACE_FILE
    try:
        document = read_yaml(workspace_file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:  # no UTF-8, or a day as 2026-02-30
        raise Misconfigured(
            f"not valid YAML: {error}", place=str(workspace_file)
        ) from error
    if not isinstance(document, dict):
        raise Misconfigured("expected a mapping", place=str(workspace_file))
    data_dir = Path(env.get("CDP_DATA_DIR") or "var")
    return Settings(
        project_dir=project_dir,
        data_dir=data_dir if data_dir.is_absolute() else project_dir / data_dir,
        document=document,
        environment=env,
    )
