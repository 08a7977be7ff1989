"""Run dbt as its own process, with its progress and its errors in plain words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from activation.syncs.gate import remember_results
from cdp.errors import Rejected
from cdp.settings import Settings
from orchestration.step import Progress

_SHOWN_ERRORS = 5


@dataclass(slots=True)
class BuildResult:
    """What dbt did.

    Attributes:
        finished: Nodes (models, seeds, tests) that dbt finished.
        errors: The messages of those that failed.
    """

    finished: int = 0
    errors: list[str] = field(default_factory=list)


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the environment that makes dbt work on this workspace's data."""
    return dict(os.environ) | {
        "CDP_PROJECT_DIR": str(settings.project_dir),
        "CDP_DATA_DIR": str(settings.data_dir),
        "DBT_TARGET_PATH": str(settings.dbt_target_dir),
        "DBT_LOG_PATH": str(settings.data_dir / "logs"),
        "DBT_PROFILES_DIR": str(settings.project_dir),
        "DO_NOT_TRACK": "1",
    }


def run_dbt(
    settings: Settings, arguments: Sequence[str], progress: Progress
) -> BuildResult:
    """Run one dbt command and wait for it.

    Args:
        settings: The workspace.
        arguments: As on the command line, such as ``("build", "--selector", "ml")``.
        progress: Told of every finished node.

    Raises:
        Rejected: A model or a test failed; the first messages are in the error.
    """
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "--log-format",
        "json",
        *arguments,
    ]
    result = BuildResult()
    with subprocess.Popen(
        command,
        cwd=settings.project_dir,
        env=dbt_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        for line in process.stdout or ():
            for name, index, total in _read_line(line, result):
                progress(name, index, total)
    remember_results(settings)  # syncs run on what was built and tested
    if process.returncode != 0:
        raise Rejected(
            "\n  ".join(
                [f"dbt {' '.join(arguments)} failed:", *result.errors[:_SHOWN_ERRORS]]
            ),
            fix=f"The whole log is in {settings.data_dir / 'logs' / 'dbt.log'}",
        )
    return result


def _read_line(line: str, result: BuildResult) -> Iterator[tuple[str, int, int]]:
    try:
        event = json.loads(line)
        info, content = event["info"], event["data"]
    except (ValueError, KeyError, TypeError):
        if line.strip():
            result.errors.append(line.strip())
        return
    if info.get("level") == "error":
        result.errors.append(str(info.get("msg", "")).strip())
    total = content.get("total") or content.get("num_models")
    if info.get("name", "").endswith("Result") and total:
        result.finished += 1
        node = content.get("node_info", {}).get("node_name", "")
        yield node, int(content.get("index", 0)), int(total)
