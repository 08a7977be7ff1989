"""A change that breaks a destination's field is found before it is merged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cdp.settings import Settings
from orchestration.check.problem import Problem
from orchestration.lineage.impact_command import check_fields
from tests.orchestration.lineage.small_dbt_project import edit, make_project

pytestmark = pytest.mark.slow

BREAKS = {
    "models/schema.yml": ("decimal(18, 2)", "double"),
    "models/payers.sql": (
        "as place_name,\n    json_extract_string(traits, '$.city') as city_name",
        "as place,\n    'nowhere' as city_name",
    ),
    "tracking_plan/events/paid.yml": ("    place: {type: string}\n", ""),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_project(tmp_path)


def told(problems: list[Problem]) -> dict[str, tuple[str, int]]:
    return {one.code: (one.file, one.line) for one in problems}


def test_nothing_is_found_in_what_is_merged_and_every_break_in_a_change(
    settings: Settings,
) -> None:
    assert check_fields(settings) == []
    for name, (before, after) in BREAKS.items():
        edit(settings, name, before, after)
    problems = [
        one
        for one in check_fields(settings, "main")
        if "Place comes" not in one.message
    ]
    assert told(problems) == {
        "field-without-column": ("models/schema.yml", 32),
        "field-changed-type": ("models/schema.yml", 14),
        "field-without-origin": ("models/schema.yml", 33),
        "property-still-read": ("models/payers.sql", 6),
    }
    assert all(one.severity == "error" and one.fix for one in problems)
    said = {one.code: one.message for one in problems}
    assert said["field-without-column"] == (
        "crm.contacts.Place is mapped to payers.place_name, which does not exist"
    )
    assert check_fields(settings, accepted=["crm.contacts", "place of paid"]) == []


def test_a_checkout_without_main_is_not_taken_for_a_change_that_breaks_nothing(
    tmp_path: Path,
) -> None:
    settings = make_project(tmp_path)
    # as a runner of CI has it that fetches one commit alone
    renaming = ["git", "branch", "-m", "main", "change"]
    subprocess.run(renaming, cwd=settings.project_dir, check=True)
    [problem] = check_fields(settings)
    assert (problem.severity, problem.code) == ("warning", "compared-with-nothing")


def test_a_query_without_a_mapped_column_is_told_where_its_sync_is_written(
    settings: Settings,
) -> None:
    query = "select payer_id, paid_amount, place_name from {{ ref('payers') }}"
    written = f'key: payer_id\n          query: "{{% raw %}}{query}{{% endraw %}}"\n'
    edit(settings, "models/schema.yml", "key: payer_id\n", written)
    problems = check_fields(settings)
    assert told(problems)["cannot-follow"] == ("models/schema.yml", 1)
    assert "query of crm: city_name" in str(problems)
