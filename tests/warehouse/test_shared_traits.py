from __future__ import annotations

from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]


def test_every_trait_in_both_tables_is_compared() -> None:
    """SQLMesh reads the comparison, too, and knows no columns while it does."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    folder = PROJECT / "models" / "marts" / "customers"
    document = yaml.safe_load((folder / "_customers__models.yml").read_text())
    [wide] = [one for one in document["models"] if one["name"] == "customers"]
    traits = {*project["vars"]["stated_traits"], "account_name"}
    shared = {one["name"] for one in wide["columns"]} & traits
    compared = PROJECT / "tests/warehouse/assert_customers_agree_with_their_traits.sql"
    listed = compared.read_text().split("wide = [")[1].split("]")[0]
    assert {name.strip(" '\n") for name in listed.split(",")} - {""} == shared
