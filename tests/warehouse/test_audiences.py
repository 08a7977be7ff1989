from __future__ import annotations

from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]


def test_every_audience_is_a_model_with_its_conditions_declared() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    folder = PROJECT / "models" / "activation" / "audiences"
    models = {file.stem for file in folder.glob("*.sql")}

    assert set(project["vars"]["audiences"]) == models
    assert all(project["vars"]["audiences"].values())
