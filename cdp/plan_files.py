"""The files of the tracking plan as they are written, now or at a git revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cdp.errors import Misconfigured, Rejected
from cdp.plan_schema import KeyPath
from cdp.plan_shape import faults_of
from cdp.yaml_text import read_yaml

FOLDER = "tracking_plan"
TRAITS = "traits"
Document = dict[str, Any]


def files_of(folder: Path) -> list[Path]:
    """Return the files of a plan: its events by name, then the traits."""
    return [*sorted((folder / "events").glob("*.yml")), folder / "traits.yml"]


def documents_now(folder: Path) -> dict[str, Document]:
    """Return what the files say, by the name of the file without its ending.

    Raises:
        Misconfigured: One of them is no YAML mapping.
    """
    texts = {}
    for file in files_of(folder):
        try:
            texts[file.stem] = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"cannot be read: {error}", place=str(file)) from error
    return {name: _parsed(text, name) for name, text in texts.items()}


def documents_at(folder: Path, ref: str) -> dict[str, Document]:
    """Return the same at a revision of git; nothing where there was no plan yet.

    Raises:
        Rejected: There is no such revision, or the folder is in no repository.
    """
    if ref.startswith("-"):
        raise Rejected(f"{ref!r} is no revision")
    # An archive made in a folder holds what is in that folder, with short names.
    command = ["git", "-C", str(folder), "archive", "--format=tar", ref]
    known = ["git", "-C", str(folder), "rev-parse", "--verify", "-q", f"{ref}^{{tree}}"]
    if subprocess.run(known, capture_output=True, check=False).returncode:
        raise Rejected(
            f"git knows no revision {ref!r} here",
            place=str(folder),
            fix="Name a branch, a tag or a commit, such as origin/main",
        )
    done = subprocess.run(command, capture_output=True, check=False)
    documents = {}
    if done.returncode == 0 and done.stdout:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            for member in archive:
                path = Path(member.name)
                content = archive.extractfile(member) if _is_plan(path) else None
                if content is not None:
                    text = content.read().decode("utf-8", "replace")
                    documents[path.stem] = _parsed(text, path.stem)
    return documents


def properties_of(
    schema: Mapping[str, Any], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, dict[str, Any], bool]]:
    """Yield path, schema and whether it is required, for all properties of a schema.

    The elements of a list are ``[]`` in a path.
    """
    required = schema.get("required") or ()
    for name, inner in (schema.get("properties") or {}).items():
        if isinstance(inner, dict):
            yield (*path, name), inner, name in required
            yield from properties_of(inner, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from properties_of(schema["items"], (*path, "[]"))


def written(path: KeyPath) -> str:
    """Return a path as people write it, such as ``products[].price``."""
    return ".".join(map(str, path)).replace(".[]", "[]")


def _is_plan(path: Path) -> bool:
    is_event = path.suffix == ".yml" and path.parent.name == "events"
    return is_event or path == Path("traits.yml")


def _parsed(text: str, name: str) -> Document:
    try:
        content = read_yaml(text)
    except yaml.YAMLError as error:
        raise Misconfigured(f"is no YAML: {error}", place=f"{name}.yml") from error
    if not isinstance(content, dict):
        raise Misconfigured("expected a mapping", place=f"{name}.yml")
    for fault in faults_of(content):
        raise Misconfigured(
            fault.message, place=f"{name}.yml: {fault.place}", fix=fault.fix
        )
    return content
