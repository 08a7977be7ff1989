"""The lineage of another revision: of git, or of a manifest that was kept."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from cdp.errors import Rejected
from cdp.plan_files import FOLDER, Document, documents_now
from cdp.settings import WORKSPACE_FILE, Settings
from orchestration.fingerprints import of_files
from orchestration.lineage.compiled import CODE, VERSION, lineage_dir
from orchestration.lineage.lineage import (
    Lineage,
    lineage_of_manifest,
    load_lineage,
    make_lineage,
)


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of the project.

    Attributes:
        name: What it is called.
        lineage: Its lineage.
        plan: Its tracking plan, by event.
        manifest: dbt's manifest of it.
    """

    name: str
    lineage: Lineage
    plan: Mapping[str, Document]
    manifest: Path


class _Kept(msgspec.Struct, frozen=True):
    lineage: Lineage
    plan: dict[str, Document]


def revision_now(settings: Settings) -> Revision:
    """Return the project as it stands.

    Raises:
        Rejected: dbt cannot compile it.
    """
    plan = documents_now(settings.project_dir / FOLDER)
    lineage = load_lineage(settings)
    manifest = lineage_dir(settings) / "now" / "first" / "manifest.json"
    return Revision("now", lineage, plan, manifest)


def revision_at(settings: Settings, base: str) -> Revision | None:
    """Return the project as it was.

    Args:
        settings: The workspace.
        base: A git revision, or a ``manifest.json`` of dbt; empty for where the
            branch left main.

    Returns:
        None where nothing was named and git knows no main.

    Raises:
        Rejected: There is no such revision, or it cannot be compiled.
    """
    if base and Path(base).is_file():
        plan = documents_now(settings.project_dir / FOLDER)
        lineage = lineage_of_manifest(settings, Path(base))
        return Revision(base, lineage, plan, Path(base))
    commit = _commit(settings, base) if base else _left_main(settings)
    return None if commit is None else _at_commit(settings, commit)


def is_unchanged(settings: Settings, base: str) -> bool:
    """Say whether no file that lineage is made from differs from a revision.

    Args:
        settings: The workspace.
        base: A git revision or a manifest; empty for where the branch left main.

    Raises:
        Rejected: There is no such revision.
    """
    if base and Path(base).is_file():
        return False
    commit = _commit(settings, base) if base else _left_main(settings)
    if commit is None:
        return False
    with tempfile.TemporaryDirectory(prefix="headwater-base-") as name:
        _unpack(settings, commit, Path(name))
        return of_files(Path(name), CODE) == of_files(settings.project_dir, CODE)


def _at_commit(settings: Settings, commit: str) -> Revision:
    prefix = _git(settings, "rev-parse", "--show-prefix") or ""
    tree = _git(settings, "rev-parse", f"{commit}:{prefix}") or commit
    folder = lineage_dir(settings) / "base"
    file = folder / f"{VERSION}-{tree}.msgpack"
    try:
        kept = msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        kept = _made(settings, commit, folder)
        for old in folder.glob("*.msgpack"):
            old.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.msgpack.encode(kept))
    manifest = folder / "first" / "manifest.json"
    if not manifest.is_file():  # nothing differed: it is the same as now
        manifest = lineage_dir(settings) / "now" / "first" / "manifest.json"
    return Revision(commit[:12], kept.lineage, kept.plan, manifest)


def _made(settings: Settings, commit: str, folder: Path) -> _Kept:
    with tempfile.TemporaryDirectory(prefix="headwater-base-") as name:
        project = Path(name)
        _unpack(settings, commit, project)
        if not (project / WORKSPACE_FILE).is_file():
            raise Rejected(f"there is no {WORKSPACE_FILE} at {commit[:12]}")
        shutil.rmtree(folder, ignore_errors=True)
        if of_files(project, CODE) == of_files(settings.project_dir, CODE):
            return _Kept(load_lineage(settings), documents_now(project / FOLDER))
        there = replace(settings, project_dir=project)
        return _Kept(make_lineage(there, folder), documents_now(project / FOLDER))


def _unpack(settings: Settings, commit: str, project: Path) -> None:
    """Write the files of a revision that lineage is made from."""
    known = [
        name
        for name in (*CODE, "selectors.yml", "tests/warehouse")
        if _git(settings, "rev-parse", "-q", "--verify", f"{commit}:./{name}")
    ]
    done = subprocess.run(
        ["git", "archive", "--format=zip", "-0", commit, *known],  # noqa: S607 - as in PATH
        cwd=settings.project_dir,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise Rejected(f"git cannot read {commit[:12]}", place=str(project))
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        archive.extractall(project)


def _commit(settings: Settings, base: str) -> str:
    found = None if base.startswith("-") else _rev(settings, base)
    if found is None:
        raise Rejected(
            f"git knows no revision {base!r} here, and there is no such file",
            place=str(settings.project_dir),
            fix="Name a branch, a tag, a commit, or a manifest.json",
        )
    return found


def _left_main(settings: Settings) -> str | None:
    for name in ("origin/main", "main"):
        if _rev(settings, name) is not None:
            return _git(settings, "merge-base", "HEAD", name)
    return None


def _rev(settings: Settings, name: str) -> str | None:
    return _git(settings, "rev-parse", "-q", "--verify", f"{name}^{{commit}}")


def _git(settings: Settings, *arguments: str) -> str | None:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 - as in PATH
        cwd=settings.project_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None
