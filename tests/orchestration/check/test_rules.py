from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp.workspace_forms import (
    ADDRESS,
    ADDRESS_TEMPLATE,
    DAY,
    REDIS_ADDRESS,
    SPAN,
    SPAN_OR_NEVER,
    Form,
)
from orchestration.check.rules import RULES, check

BROKEN: list[dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("broken_workspaces.yml").read_text()
)


@pytest.mark.parametrize(
    "case", BROKEN, ids=[f"{one['code']}: {one['bad'][:20]}" for one in BROKEN]
)
def test_a_mistake_is_found_where_it_stands_with_its_fix(
    project: Any, broken: Any, case: dict[str, str]
) -> None:
    project.write(broken(case["good"], case["bad"]))
    found = check(project.environment)
    (problem,) = [one for one in found if one.code == case["code"]]
    assert f"{problem.line}:{problem.column}" == case["place"]
    assert case["says"] in problem.message
    assert case["fix"] in problem.fix
    assert "hush-hush" not in str(found)


def test_a_good_workspace_is_clean(project: Any) -> None:
    assert check(project.environment) == []


def test_all_problems_are_told_in_one_run_in_the_order_of_the_file(
    project: Any,
) -> None:
    text = (project.folder / "headwater.yml").read_text()
    for old, new in (
        ("write_key", "write_kye"),
        ("mixpanel", "mixpanle"),
        ("page]", "pag]"),
    ):
        text = text.replace(old, new, 1)
    project.write(text)
    found = check(project.environment)
    assert [one.code for one in found] == [
        *("missing_setting", "unknown_key", "unknown_kind", "unknown_event")
    ]
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_a_missing_variable_is_an_error_only_in_production(project: Any) -> None:
    project.environment.pop("WEB_KEY")
    severities = [
        [one.severity for one in check(project.environment, is_production=serves)]
        for serves in (False, True)
    ]
    assert severities == [["warning"], ["error"]]


def test_a_variable_with_a_default_need_not_be_set_but_not_be_empty(
    project: Any,
) -> None:
    project.environment["API_PORT"] = ""
    assert {one.code for one in check(project.environment)} == {
        *("missing_variable", "wrong_type")
    }


def test_at_the_first_stage_what_leads_nowhere_is_told(
    project: Any, broken: Any
) -> None:
    text = broken("sources: [web, emails]", "sources: [web]")
    text = text.replace("destination: analytics", "destination: elsewhere")
    project.write(text.replace("stage: real_time", "stage: starter"))
    found = {(one.code, one.line) for one in check(project.environment)}
    assert found >= {
        *(("unused_source", 7), ("unused_destination", 10)),
        *(("before_its_stage", 8), ("before_its_stage", 28)),
        ("unknown_destination", 18),
    }


CODE: list[tuple[str, int, str]] = [
    ("import nothing_of_this_name\n", 1, "cannot be imported (ModuleNotFoundError)"),
    (
        "def transform(event):\n    return event +\n",
        2,
        "cannot be imported (SyntaxError)",
    ),
    ("x = 1\ny = x / 0\n", 2, "cannot be imported (ZeroDivisionError)"),
    ("def transfrom(event):\n    return event\n", 1, "has no function transform"),
]


@pytest.mark.parametrize(("number", "case"), list(enumerate(CODE)))
def test_a_broken_transformation_is_told_with_file_and_line(
    project: Any, broken: Any, number: int, case: tuple[str, int, str]
) -> None:
    text, line, said = case
    name = f"broken_for_the_check_{number}"
    (project.code / f"{name}.py").write_text(text)
    project.write(broken("old_event_names", name))
    (problem,) = check(project.environment)
    assert (problem.code, problem.line) == ("broken_transformation", line)
    assert problem.file.endswith(f"{name}.py")
    assert said in problem.message


SYNCS: list[tuple[dict[str, Any], str, str, str]] = [
    (
        {"destination": "crm"},
        "lost_sync",
        "models/exposures.yml:6:24",
        "does not exist",
    ),
    (
        {"destination": "analytics", "key": 1},
        "broken_sync",
        "target/manifest.json:1:1",
        "sync",
    ),
]


@pytest.mark.parametrize(("meta", "code", "place", "said"), SYNCS)
def test_a_sync_that_cannot_run_is_told_where_it_is_declared(
    project: Any, meta: dict[str, Any], code: str, place: str, said: str
) -> None:
    project.declare_sync(**meta)
    (problem,) = check(project.environment)
    assert problem.code == code
    assert f"{problem.file}:{problem.line}:{problem.column}" == place
    assert said in problem.message


def test_a_destination_that_neither_events_nor_rows_go_to_is_told(
    project: Any, broken: Any
) -> None:
    project.declare_sync(destination="analytics")
    spare = "  spare: {kind: webhook, url: https://example.com}\nconnections:"
    project.write(broken("connections:", spare))
    (problem,) = check(project.environment)
    assert (problem.code, problem.line) == ("unused_destination", 15)


PLAN = """\
name: page
description: A page was seen.
owner: Web team
version: 1
when_violated: {wrong_type: allow}
properties:
  type: object
  properties:
    title: {type: string}
    tags:
      type: array
      items: {type: string}
"""
PLANS: list[tuple[str, str, str, str]] = [
    ("owner: Web team\n", "", "1:1", "owner is missing"),
    ("name: page", "name: pages", "1:1", "the file is of 'pages'"),
    ("wrong_type: allow", "wrong_type: ignore", "5:1", "is not understood"),
    ("title: {type: string}", "title: {type: text}", "9:5", "'text'"),
    ("items: {type: string}", "items: {type: text}", "12:7", "'text'"),
    ("version: 1", "version: [1", "5:14", "cannot be read"),
]


@pytest.mark.parametrize(("old", "new", "place", "said"), PLANS)
def test_a_broken_plan_is_told_with_file_and_line(
    project: Any, broken: Any, old: str, new: str, place: str, said: str
) -> None:
    (project.folder / "tracking_plan").unlink()
    folder = project.folder / "tracking_plan/events"
    folder.mkdir(parents=True)
    (folder / "page.yml").write_text(PLAN.replace(old, new))
    (problem,) = check(project.environment)
    assert problem.code == "broken_plan"
    assert problem.file == "tracking_plan/events/page.yml"
    assert f"{problem.line}:{problem.column}" == place
    assert said in problem.message


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("http://127.0.0.1:9", "127.0.0.1:9", "settings.url: '127.0.0.1:9' is no"),
        ("http://127.0.0.1:9", "${ADDRESS}", "settings.url: '${ADDRESS}' is no"),
        ("engine: lmdb", "redis_url: localhost", "redis_url: 'localhost' is no"),
    ],
)
def test_an_address_of_a_connection_or_the_environment_is_one(
    project: Any, broken: Any, old: str, new: str, says: str
) -> None:
    project.environment["ADDRESS"] = "nowhere"
    project.write(broken(old, new))
    (problem,) = check(project.environment)
    assert problem.code == "other_form"
    assert says in problem.message


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (SPAN, ("10m", "1 h", "90s"), ("1hour", "h", "1.5h", "never", "")),
        (SPAN_OR_NEVER, ("never", "7d"), ("often", "Never", "7 days")),
        (DAY, ("2026-01-31", "20260131"), ("tomorrow", "2026-02-30", "1.2.2026")),
        (
            ADDRESS,
            ("https://a.example", "http://127.0.0.1:9/v2?x=1", "HTTPS://[::1]:1/"),
            ("not a url", "a.example", "ftp://a.example", "http://", "https:///a"),
        ),
        (
            ADDRESS_TEMPLATE,
            ("https://a.example/{{ userId }}", "{{ traits.address }}"),
            ("not a url", "a.example/{{ userId }}"),
        ),
        (REDIS_ADDRESS, ("redis://a:1/0", "unix:///a"), ("a:1", "http://a")),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_form_is_what_is_read(
    form: Form, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    assert [text for text in good if not form.fits(text)] == []
    assert [text for text in bad if form.fits(text)] == []


def test_every_rule_is_broken_by_some_test() -> None:
    seen = {case["code"] for case in BROKEN} | {case[1] for case in SYNCS}
    seen |= {"unused_source", "unused_destination", "broken_plan"}
    seen |= {"broken_transformation"}
    seen |= {"eventless_destination", "advertising_without_consent"}
    assert {rule.code for rule in RULES} <= seen
