"""Every rule, and running them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from cdp.settings import WORKSPACE_FILE, Settings, find_project_dir, load_settings
from cdp.workspace_file import Place, read_located
from orchestration.check import (
    code,
    connections,
    plan,
    secrecy,
    shape,
    sources,
    stages,
)
from orchestration.check.problem import Finding, Problem, Rule
from orchestration.check.workspace import Workspace, open_workspace

RULES: tuple[Rule, ...] = (
    *shape.RULES,
    *secrecy.RULES,
    *sources.RULES,
    *connections.RULES,
    *stages.RULES,
    *plan.RULES,
    *code.RULES,
)


def check(
    environment: Mapping[str, str] | None = None, *, is_production: bool = False
) -> list[Problem]:
    """Return every problem of the workspace, by file and line; none if it is clean.

    Args:
        environment: Used instead of ``os.environ``.
        is_production: The environment is the one that serves: what it lacks is an
            error.

    Raises:
        Misconfigured: There is no workspace here.
    """
    env = dict(os.environ if environment is None else environment)
    folder = find_project_dir(Path(env.get("CDP_PROJECT_DIR") or Path.cwd()))
    unreadable = _unreadable(folder / WORKSPACE_FILE)
    if unreadable is not None:
        return [unreadable]
    return check_settings(load_settings(env), is_production=is_production)


def check_settings(settings: Settings, *, is_production: bool = False) -> list[Problem]:
    """Return every problem of a workspace that could be read."""
    workspace = open_workspace(settings)
    found = set(_problems(workspace, is_production=is_production))
    order = {rule.code: number for number, rule in enumerate(RULES)}
    return sorted(
        found,
        key=lambda one: (
            one.file != WORKSPACE_FILE,
            one.file,
            one.line,
            one.column,
            order[one.code],
            one.message,
        ),
    )


def _problems(workspace: Workspace, *, is_production: bool) -> Iterator[Problem]:
    for rule in RULES:
        is_error = rule.is_error_in_production and is_production
        for finding in rule.find(workspace):
            file, place = _place(workspace, finding)
            yield Problem(
                severity="error" if is_error else rule.severity,
                code=rule.code,
                file=file,
                line=place.line,
                column=place.column,
                message=finding.message,
                fix=finding.fix,
            )


def _place(workspace: Workspace, finding: Finding) -> tuple[str, Place]:
    if finding.elsewhere is None:
        located = workspace.located
        place = finding.place or located.place(
            finding.path, of_value=finding.is_of_value
        )
        return WORKSPACE_FILE, place
    file, project = finding.elsewhere.file, workspace.settings.project_dir
    inside = file.is_relative_to(project)
    name = file.relative_to(project) if inside else file
    return str(name), finding.elsewhere.place


def _unreadable(file: Path) -> Problem | None:
    place, what = Place(1, 1), "the file is not names and values"
    try:
        if isinstance(read_located(file).document, dict):
            return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else place
        what = f"not valid YAML: {error.problem}"
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        what = "the file cannot be read as UTF-8 text"
    except ValueError as error:  # what looks like a day and is none: 2026-02-30
        what = f"not valid YAML: {error}"
    fix = "Put the line right; nothing else can be checked before"
    return Problem(
        "error", "not_yaml", WORKSPACE_FILE, place.line, place.column, what, fix
    )
