from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cdp.workspace_json_schema import SCHEMA_FILE, json_schema, rendered
from cdp.workspace_sections import workspace_setting
from orchestration.check.rules import check
from sandbox.environment import demo_environment

PROJECT = Path(__file__).parents[3]
BROKEN: list[dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("broken_workspaces.yml").read_text()
)
IN_EDITOR = (
    *("unknown_key", "missing_setting", "unknown_choice", "unknown_kind"),
    *("wrong_type", "plain_secret", "other_form"),
)
# these need the kind of another section, the environment, or what a secret looks like
NOT_IN_EDITOR = ("settings: {ulr", "API_PORT", "store: xoxb", "http://me")


def run(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cdp.cli import main; main()", "check"]
    return subprocess.run(
        [*command, *options],
        env={"PATH": os.environ["PATH"]} | environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("option", ["development", "production"])
def test_the_repositorys_own_workspace_is_clean(option: str, tmp_path: Path) -> None:
    # without dbt's manifest of whoever worked here last
    environment = demo_environment(1) | {"DBT_TARGET_PATH": str(tmp_path)}
    answer = run(environment, "--environment", option)
    assert answer.stdout == "0 errors, 0 warnings\n"
    assert answer.returncode == 0


def test_without_its_environment_it_has_warnings_and_in_production_errors() -> None:
    answers = [run({}, "--environment", one) for one in ("development", "production")]
    assert [answer.returncode for answer in answers] == [0, 1]
    assert all("CDP_WEB_WRITE_KEY is not set" in answer.stdout for answer in answers)


def test_problems_are_printed_for_people_for_programs_and_for_a_review(
    project: Any, broken: Any
) -> None:
    project.write(broken("${MIXPANEL_SECRET}", "hush-hush"))
    answers = {
        form: run(project.environment, "--format", form)
        for form in ("text", "json", "github")
    }
    assert {answer.returncode for answer in answers.values()} == {1}
    assert not [one for one in answers.values() if "hush" in one.stdout + one.stderr]
    first, fix, last = answers["text"].stdout.splitlines()
    assert first.startswith("headwater.yml:14:21: error: destinations.analytics.")
    assert fix.startswith("    Write ${NAME}")
    assert last == "1 error, 0 warnings"
    report = json.loads(answers["json"].stdout)
    assert (report["errors"], report["problems"][0]["line"]) == (1, 14)
    assert answers["github"].stdout.startswith(
        "::error file=headwater.yml,line=14,col=21,title=plain_secret::destinations."
    )


def test_no_value_of_the_environment_is_ever_printed(project: Any) -> None:
    text = (project.folder / "headwater.yml").read_text()
    for name in ("engine", "stage", "vendor", "unknown_consent", "port", "destination"):
        text = re.sub(
            rf'\b{name}: ("[^"]*"|[^,}}\n]+)', f'{name}: "${{WEB_KEY}}"', text
        )
    project.write(text)
    answer = run(project.environment)
    assert answer.returncode == 1
    found = {one.code for one in check(project.environment)}
    assert found >= {"unknown_choice", "wrong_type", "unknown_destination"}
    values = [one for one in project.environment.values() if one.startswith("value-")]
    assert len(values) == 6
    assert not [one for one in values if one in answer.stdout + answer.stderr]


def test_the_schema_file_is_up_to_date() -> None:
    written = (PROJECT / SCHEMA_FILE).read_text(encoding="utf-8")
    assert written == rendered(workspace_setting()), (
        f"run `cdp check --schema > {SCHEMA_FILE}`"
    )
    first = (PROJECT / "headwater.yml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE}"


def test_the_schema_is_printed_and_takes_the_repositorys_workspace() -> None:
    schema = json.loads(run({}, "--schema").stdout)
    Draft202012Validator.check_schema(schema)
    document = yaml.safe_load((PROJECT / "headwater.yml").read_text())
    assert list(Draft202012Validator(schema).iter_errors(document)) == []


@pytest.mark.parametrize(
    "case",
    [
        one
        for one in BROKEN
        if one["code"] in IN_EDITOR and not one["bad"].startswith(NOT_IN_EDITOR)
    ],
    ids=lambda one: f"{one['code']}: {one['bad'][:20]}",
)
def test_an_editor_underlines_what_the_check_finds(
    broken: Any, case: dict[str, str]
) -> None:
    validator = Draft202012Validator(json_schema(workspace_setting()))
    good = broken(case["good"], case["good"])
    assert validator.is_valid(yaml.safe_load(good))
    assert not validator.is_valid(yaml.safe_load(broken(case["good"], case["bad"])))


def test_every_key_is_described_for_the_editor() -> None:
    schema = json_schema(workspace_setting())
    kinds = schema["$defs"].values()
    found = [
        setting
        for one in (schema, *kinds)
        for name, setting in one["properties"].items()
        if name != "kind"
    ]
    assert len(found) > 20
    assert all(one["description"].endswith((".", "…")) for one in found)
