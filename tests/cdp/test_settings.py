from __future__ import annotations

from pathlib import Path

import pytest

from cdp.errors import Misconfigured
from cdp.settings import load_settings

FILE = """
stage: growth
sources:
  web: {kind: events, write_key: "${WEB_KEY}"}
destinations:
  crm: {url: "${CRM_URL:-https://crm.example.com}", token: "${CRM_TOKEN}"}
"""


def project(tmp_path: Path, text: str = FILE) -> dict[str, str]:
    (tmp_path / "headwater.yml").write_text(text)
    return {"CDP_PROJECT_DIR": str(tmp_path)}


def test_a_reference_is_taken_from_the_environment(tmp_path: Path) -> None:
    settings = load_settings(project(tmp_path) | {"WEB_KEY": "k"})
    assert settings.section("sources.web")["write_key"] == "k"


def test_a_missing_secret_stops_only_the_section_that_needs_it(tmp_path: Path) -> None:
    settings = load_settings(project(tmp_path) | {"WEB_KEY": "k"})
    assert settings.section("sources.web")
    with pytest.raises(Misconfigured, match="CRM_TOKEN is not set") as raised:
        settings.section("destinations.crm")
    assert raised.value.place == "headwater.yml: destinations.crm.token"
    assert "Export CRM_TOKEN" in raised.value.fix


def test_a_default_holds_where_the_environment_is_silent(tmp_path: Path) -> None:
    settings = load_settings(project(tmp_path) | {"CRM_TOKEN": "t"})
    assert settings.section("destinations.crm")["url"] == "https://crm.example.com"


def test_secrets_do_not_appear_when_settings_are_printed(tmp_path: Path) -> None:
    settings = load_settings(project(tmp_path) | {"CRM_TOKEN": "hush-hush"})
    assert "hush-hush" not in repr(settings)


def test_the_project_is_found_from_a_folder_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path)
    inside = tmp_path / "models" / "marts"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    settings = load_settings({})
    assert settings.project_dir == tmp_path
    assert settings.data_dir == tmp_path / "var"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stage: [", "not valid YAML"),
        ("first_day: 2026-02-30", "not valid YAML: day is out of range"),
        ("- a\n- b\n", "expected a mapping"),
    ],
)
def test_a_broken_workspace_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as raised:
        load_settings(project(tmp_path, text))
    assert "headwater.yml" in str(raised.value)


def test_an_unknown_stage_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    settings = load_settings(project(tmp_path, "stage: expert\n"))
    with pytest.raises(Misconfigured, match="starter, growth, ml, real_time"):
        _ = settings.stage


def test_no_workspace_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="CDP_PROJECT_DIR"):
        load_settings({"CDP_PROJECT_DIR": str(tmp_path)})
