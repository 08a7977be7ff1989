"""Rules of what stands beside the file: transformations and syncs."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import yaml

from activation import transformations
from activation.destinations.registry import RECORDS
from activation.exposures import DeclaredSync, declared_syncs, read_syncs
from activation.transform import FOLDER
from cdp.workspace_file import KeyPath, Place, read_located
from orchestration.check.problem import Elsewhere, Finding, Rule, fix_for
from orchestration.check.workspace import Workspace


def _missing_transformations(workspace: Workspace) -> Iterator[Finding]:
    for path, name in _transformations(workspace):
        if not _exists(name):
            folder = Path(next(iter(transformations.__path__)))
            known = [
                file.stem for file in folder.glob("*.py") if file.stem != "__init__"
            ]
            yield Finding(
                path,
                f"{path[0]}.{path[1]}: there is no transformation {name!r}",
                fix_for(name, known, f"Write {FOLDER.replace('.', '/')}/{name}.py"),
            )


def _broken_transformations(workspace: Workspace) -> Iterator[Finding]:
    seen: dict[str, Finding | None] = {}
    for path, name in _transformations(workspace):
        if _exists(name) and name not in seen:
            seen[name] = _import(path, name)
    yield from filter(None, seen.values())


def _transformations(workspace: Workspace) -> Iterator[tuple[KeyPath, str]]:
    for name, connection in workspace.named("connections").items():
        listed = connection.get("transformations")
        for index, one in enumerate(listed if isinstance(listed, list) else ()):
            yield ("connections", name, "transformations", index), str(one)


def _exists(name: str) -> bool:
    return name.isidentifier() and find_spec(f"{FOLDER}.{name}") is not None


def _import(path: KeyPath, name: str) -> Finding | None:
    spec = find_spec(f"{FOLDER}.{name}")
    file = Path(spec.origin) if spec and spec.origin else Path(name)
    try:
        module = import_module(f"{FOLDER}.{name}")
    except Exception as error:  # noqa: BLE001 - code of the company's own
        return Finding(
            path,
            f"transformation {name} cannot be imported ({type(error).__name__})",
            "Put the line right",
            elsewhere=Elsewhere(file, Place(_line_of(error, file), 1)),
        )
    if callable(getattr(module, "transform", None)):
        return None
    return Finding(
        path,
        f"transformation {name} has no function transform(event)",
        "Add it",
        elsewhere=Elsewhere(file),
    )


def _line_of(error: Exception, file: Path) -> int:
    """Return the last line of the file that the failure passed through."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    lines = [one.lineno for one in frames if one.filename == str(file)]
    return next((line for line in reversed(lines) if line), 1)


def _lost_syncs(workspace: Workspace) -> Iterator[Finding]:
    known = workspace.named("destinations")
    takes_rows = [
        name for name, one in known.items() if str(one.get("kind")) in RECORDS
    ]
    for sync in declared_syncs(workspace.settings) or ():
        if sync.destination in takes_rows:
            continue
        is_known = sync.destination in known
        why = "takes no rows" if is_known else "does not exist"
        yield Finding(
            ("destinations",),
            f"sync {sync.name}: destination {sync.destination!r} {why}",
            fix_for(sync.destination, takes_rows, "Add it under destinations"),
            elsewhere=_place_of(workspace, sync),
        )


def _broken_syncs(workspace: Workspace) -> Iterator[Finding]:
    if declared_syncs(workspace.settings) is None:
        return
    manifest = workspace.settings.dbt_target_dir / "manifest.json"
    for error in read_syncs(workspace.settings).problems.values():
        yield Finding(
            (),
            f"{error.place}: {error.message}",
            error.fix or "Put the exposure right, and run `dbt parse`",
            elsewhere=Elsewhere(manifest),
        )


def _place_of(workspace: Workspace, sync: DeclaredSync) -> Elsewhere:
    file = workspace.settings.project_dir / sync.file
    try:
        located = read_located(file)
    except (OSError, yaml.YAMLError):
        return Elsewhere(file)
    exposures = (located.document or {}).get("exposures") or ()
    for index, one in enumerate(exposures):
        if one.get("name") == sync.name:
            path = ("exposures", index, "config", "meta", "sync", "destination")
            return Elsewhere(file, located.place(path, of_value=True))
    return Elsewhere(file)


RULES = (
    Rule(
        "missing_transformation",
        "error",
        "transformations exist",
        _missing_transformations,
    ),
    Rule(
        "broken_transformation",
        "error",
        "transformations can be imported",
        _broken_transformations,
    ),
    Rule("broken_sync", "error", "syncs are complete", _broken_syncs),
    Rule("lost_sync", "error", "syncs name a destination that takes rows", _lost_syncs),
)
