"""A change that breaks a destination's field is found before it is merged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cdp.settings import Settings, load_settings
from orchestration.check.problem import Problem
from orchestration.lineage.impact_command import check_fields

pytestmark = pytest.mark.slow

FILES = {
    "headwater.yml": "stage: growth\nsources: {}\ndestinations: {}\n",
    "dbt_project.yml": "name: small\nprofile: small\nversion: '1.0'\n"
    "config-version: 2\nflags: {send_anonymous_usage_stats: false}\n",
    "tracking_plan/traits.yml": "name: traits\ndescription: d\nowner: o\nversion: 1\n"
    "when_violated: {}\nproperties: {type: object, properties: {}}\n",
    "tracking_plan/events/paid.yml": "name: paid\ndescription: d\nowner: o\n"
    "version: 1\nwhen_violated: {}\nproperties:\n  type: object\n  properties:\n"
    "    total: {type: number}\n    place: {type: string}\n",
    "models/schema.yml": """
sources:
  - name: events
    schema: raw_events
    tables:
      - name: events
models:
  - name: payers
    columns:
      - name: payer_id
        data_type: varchar
      - name: paid_amount
        data_type: decimal(18, 2)
      - name: place_name
        data_type: varchar
      - name: city_name
        data_type: varchar
exposures:
  - name: crm
    type: application
    owner: {name: Sales, email: sales@example.com}
    depends_on: [ref('payers')]
    config:
      meta:
        sync:
          destination: crm
          object: Contact
          key: payer_id
          mapping:
            Amount: paid_amount
            Place: place_name
            City: city_name
            Tool: {constant: headwater}
""",
    "models/payers.sql": """
select
    user_id as payer_id,
    cast(json_extract_string(properties, '$.total') as decimal(18, 2)) as paid_amount,
    json_extract_string(properties, '$.place') as place_name,
    json_extract_string(traits, '$.city') as city_name
from {{ source('events', 'events') }}
where event = 'paid'
""",
}
BREAKS = {
    "models/schema.yml": ("decimal(18, 2)", "double"),
    "models/payers.sql": (
        "json_extract_string(traits, '$.city') as city_name",
        "'nowhere' as city_name",
    ),
    "tracking_plan/events/paid.yml": ("    place: {type: string}\n", ""),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    project = tmp_path / "project"
    for name, text in FILES.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["commit", "-q", "-m", "before"],
    ):
        subprocess.run([*git, *arguments], cwd=project, check=True)
    environment = {
        "CDP_PROJECT_DIR": str(project),
        "CDP_DATA_DIR": str(tmp_path / "var"),
    }
    return load_settings(environment)


def edit(settings: Settings, name: str, before: str, after: str) -> None:
    file = settings.project_dir / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def told(problems: list[Problem]) -> dict[str, tuple[str, int]]:
    return {one.code: (one.file, one.line) for one in problems}


def test_nothing_is_found_in_what_is_merged_and_every_break_in_a_change(
    settings: Settings,
) -> None:
    assert check_fields(settings) == []
    for name, (before, after) in BREAKS.items():
        edit(settings, name, before, after)
    problems = check_fields(settings, "main")
    assert told(problems) == {
        "field-changed-type": ("models/schema.yml", 13),
        "field-without-origin": ("models/schema.yml", 32),
        "property-still-read": ("models/payers.sql", 5),
    }
    assert all(one.severity == "error" and one.fix for one in problems)
    assert check_fields(settings, accepted=["crm.contacts", "place of paid"]) == []


def test_a_mapped_column_that_is_gone_is_found_without_anything_to_compare_with(
    settings: Settings,
) -> None:
    edit(settings, "models/payers.sql", " as place_name", " as place")
    [problem] = check_fields(settings, "HEAD", ["comes from nothing"])
    assert (problem.file, problem.line) == ("models/schema.yml", 31)
    assert problem.message == (
        "crm.contacts.Place is mapped to payers.place_name, which does not exist"
    )
