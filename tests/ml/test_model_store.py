from __future__ import annotations

import json

import pandas as pd
import pytest

from cdp.errors import Misconfigured
from cdp.settings import Settings
from ml.model_store import KEPT_VERSIONS, load_model, save_model


def test_a_model_comes_back_with_what_was_noted(settings: Settings) -> None:
    table = pd.DataFrame({"customer_id": ["c_1"]})
    folder = save_model(
        settings, "churn", "churn-1", {"weight": 2.0}, {"auc": 0.7}, {"held_out": table}
    )
    stored = load_model(settings, "churn")
    assert stored.version == "churn-1"
    assert stored.model == {"weight": 2.0}
    assert stored.metadata["auc"] == 0.7
    assert pd.read_parquet(folder / "held_out.parquet").equals(table)
    assert set(stored.metadata["files"]) == {"model.joblib", "held_out.parquet"}


def test_the_newest_model_is_the_current_one_and_old_ones_go(
    settings: Settings,
) -> None:
    for number in range(KEPT_VERSIONS + 3):
        save_model(settings, "churn", f"churn-{number}", number, {})
    home = settings.data_dir / "models" / "churn"
    assert load_model(settings, "churn").model == KEPT_VERSIONS + 2
    assert len([entry for entry in home.iterdir() if entry.is_dir()]) == KEPT_VERSIONS
    assert not (home / "current.new").exists()


def test_a_file_that_was_changed_is_not_unpickled(settings: Settings) -> None:
    folder = save_model(settings, "churn", "churn-1", 1, {})
    with (folder / "model.joblib").open("ab") as file:
        file.write(b"more")
    with pytest.raises(Misconfigured, match="not the one that was saved"):
        load_model(settings, "churn")


def test_a_model_that_was_never_trained_is_named(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"python -m ml\.churn"):
        load_model(settings, "churn")


def test_metadata_is_json_that_a_person_can_read(settings: Settings) -> None:
    folder = save_model(settings, "churn", "churn-1", None, {"metrics": {"auc": 0.7}})
    text = (folder / "metadata.json").read_text(encoding="utf-8")
    assert json.loads(text)["metrics"] == {"auc": 0.7}
    assert "\n" in text.strip()
    assert not (folder / "model.joblib").exists()
