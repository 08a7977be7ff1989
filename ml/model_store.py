"""Trained models on disk: a folder per training, and a pointer to the current one.

``models/<name>/<version>.<moment>/`` holds the files and ``metadata.json``, which has
the hash of every file; ``models/<name>/current`` names the folder in use and is
replaced in one step: a reader finds the old model or the new one, never half of one.
A model is unpickled only from this folder and only when its hash is the one written
when it was saved; whoever can write here can run code, as in the checkout itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from cdp.errors import Misconfigured
from cdp.settings import Settings

KEPT_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model as it was saved.

    Attributes:
        version: The version that predictions carry.
        folder: Where its files are.
        metadata: Data hash, features, metrics and what else the trainer noted.
        model: The fitted object.
    """

    version: str
    folder: Path
    metadata: Mapping[str, Any]
    model: Any


def save_model(
    settings: Settings,
    name: str,
    version: str,
    model: Any,
    metadata: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Save a model and make it the current one.

    Args:
        settings: The workspace.
        name: What it predicts, such as ``churn``.
        version: What its predictions carry.
        model: The fitted object; None where the tables are the model.
        metadata: JSON values: data hash, features, metrics.
        tables: Further files, written as ``<key>.parquet``.

    Returns:
        The new folder.
    """
    folder = settings.data_dir / "models" / name / f"{version}.{time.time_ns()}"
    folder.mkdir(parents=True)
    if model is not None:
        joblib.dump(model, folder / "model.joblib", compress=3)
    for key, table in (tables or {}).items():
        table.to_parquet(folder / f"{key}.parquet", index=False)
    _note(folder, {**metadata, "version": version})
    _make_current(folder)
    return folder


def current_folder(settings: Settings, name: str) -> Path:
    """Return the folder of the model in use.

    Raises:
        Misconfigured: None has been trained.
    """
    home = settings.data_dir / "models" / name
    try:
        return home / (home / "current").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Misconfigured(
            f"no {name} model has been trained",
            place=str(home),
            fix=f"Run `python -m ml.{name}` first",
        ) from error


def load_model(settings: Settings, name: str) -> StoredModel:
    """Load the model in use.

    Raises:
        Misconfigured: None has been trained, or its file is not the one that was saved.
    """
    folder = current_folder(settings, name)
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    file = folder / "model.joblib"
    if metadata["files"].get(file.name) != _digest(file):
        raise Misconfigured(
            "the file is not the one that was saved",
            place=str(file),
            fix=f"Train it anew: `python -m ml.{name}`",
        )
    return StoredModel(metadata["version"], folder, metadata, joblib.load(file))


def _note(folder: Path, metadata: Mapping[str, Any]) -> None:
    files = {file.name: _digest(file) for file in sorted(folder.iterdir())}
    text = json.dumps({**metadata, "files": files}, indent=2, sort_keys=True)
    (folder / "metadata.json").write_text(text + "\n", encoding="utf-8")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _make_current(newest: Path) -> None:
    home = newest.parent
    pointer = home / "current.new"
    with pointer.open("w", encoding="utf-8") as opened:
        opened.write(newest.name + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    pointer.replace(home / "current")
    folders = [entry for entry in home.iterdir() if entry.is_dir()]
    folders.sort(key=lambda entry: int(entry.name.rpartition(".")[2]))
    for folder in folders[:-KEPT_VERSIONS]:
        if folder != newest:
            shutil.rmtree(folder)
