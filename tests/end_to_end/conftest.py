from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).parents[2]
LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Workspace:
    """A data folder and the commands that a person runs on it."""

    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CDP_", "DBT_"))
        }
        return kept | {
            "CDP_PROJECT_DIR": str(PROJECT),
            "CDP_DATA_DIR": str(self.data_dir),
            "DBT_TARGET_PATH": str(self.data_dir / "target"),
            "DBT_LOG_PATH": str(self.data_dir / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, *command: str, folder: Path = PROJECT, **environment: str) -> str:
        done = subprocess.run(
            command,
            cwd=folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        path = str(self.data_dir / "warehouse.duckdb")
        with duckdb.connect(path, read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query, parameters).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]


def exported(file: Path) -> Mapping[str, str]:
    """Return the variables of a shell file of ``export NAME='value'`` lines."""
    lines = file.read_text().splitlines()
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
    return {name: value.strip("'") for name, value in pairs}
