"""A dbt project of one model and one sync, in a repository of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cdp.settings import Settings, load_settings

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
        data_tests: [unique, not_null]
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
{{ config(materialized='table') }}
select
    user_id as payer_id,
    cast(json_extract_string(properties, '$.total') as decimal(18, 2)) as paid_amount,
    json_extract_string(properties, '$.place') as place_name,
    json_extract_string(traits, '$.city') as city_name
from {{ source('events', 'events') }}
where event = 'paid'
""",
}


def make_project(folder: Path) -> Settings:
    """Write and commit the project; return its settings."""
    project = folder / "project"
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
        "CDP_DATA_DIR": str(folder / "var"),
    }
    return load_settings(environment)


def edit(settings: Settings, name: str, before: str, after: str) -> None:
    """Replace a text in a file of the project."""
    file = settings.project_dir / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
