from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdp.errors import Rejected
from cdp.plan_command import command
from cdp.plan_lint import lint

PLAN = Path(__file__).parents[2] / "tracking_plan"
GOOD = """\
name: cup_bought
description: A cup was bought.
owner: Web team
version: 1
when_violated: {}
properties:
  type: object
  properties:
    cup_id: {type: string, description: Id of the cup.}
    price: {type: number, description: What it costs.}
    currency: {type: string, description: ISO 4217., examples: [USD]}
"""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True)  # noqa: S607


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan of one good event, committed."""
    folder = tmp_path / "tracking_plan"
    (folder / "events").mkdir(parents=True)
    shutil.copy(PLAN / "traits.yml", folder / "traits.yml")
    write(folder, GOOD)
    (tmp_path / "headwater.yml").write_text("stage: starter\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Plan")
    return folder


def write(folder: Path, text: str, name: str = "cup_bought") -> None:
    (folder / "events" / f"{name}.yml").write_text(text)


def test_our_own_plan_has_nothing_wrong() -> None:
    assert lint(PLAN, None) == []


# What is wrong, the file, the event's name, the rule and its line.
WRONG = [
    ("a name without a verb", "cup_bought", "cup", "name", 1),
    ("a verb in the present tense", "cup_bought", "buy_cup", "name", 1),
    ("a name in another case", "cup_bought", "Cup_Bought", "name", 1),
    ("no owner", "owner: Web team", "owner: ''", "no_owner", 3),
    ("no description", ", description: Id of the cup.", "", "no_description", 9),
    ("an id that is a number", "cup_id: {type: string", "cup_id: {type: integer"),
    ("money that is text", "price: {type: number", "price: {type: string"),
    ("money without a currency", "    currency: {", "    kind: {", "no_currency", 10),
    ("a property of no type", "{type: string, description: ISO", "{description: ISO"),
    ("an example that does not fit", "[USD]", "[7]", "example", 11),
    ("a key that nobody reads", "version: 1", "version: 1\nalias: x", "unknown_key", 5),
    ("no yaml", "when_violated: {}", "when_violated: {", "unreadable", 5),
]
RULES = {
    "an id that is a number": ("id_type", 9),
    "money that is text": ("money_type", 10),
    "a property of no type": ("no_type", 11),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[0])
def test_what_is_wrong_is_told_with_its_line(plan: Path, wrong: tuple[str, ...]):
    what, old, new, *expected = wrong
    name = new if expected and expected[0] == "name" else "cup_bought"
    (plan / "events" / "cup_bought.yml").unlink()
    write(plan, GOOD.replace(old, new), name)
    found = [(each.code, each.line) for each in lint(plan, None)]
    assert tuple(expected or RULES[what]) in found
    assert all(each.fix for each in lint(plan, None))


@pytest.mark.parametrize("other", ["cup_bought_1", "cups_bought", "cut_bought"])
def test_a_second_name_for_one_thing_is_told(plan: Path, other: str) -> None:
    write(plan, GOOD.replace("cup_bought", other), other)
    assert [each.code for each in lint(plan, None)] == ["near_duplicate"]


def test_one_alias_of_two_events_is_told(plan: Path) -> None:
    write(plan, GOOD + "aliases: [Sold]\n")
    write(
        plan, GOOD.replace("cup_bought", "tea_sold") + "aliases: [Sold]\n", "tea_sold"
    )
    assert [(each.code, each.file) for each in lint(plan, None)] == [
        ("refused", "tracking_plan/events/tea_sold.yml")
    ]


def test_a_change_raises_the_version(plan: Path) -> None:
    changed = GOOD.replace("A cup was", "A cup or two were")
    write(plan, changed)
    assert [(each.code, each.line) for each in lint(plan)] == [("version", 4)]
    write(plan, changed.replace("version: 1", "version: 2"))
    assert lint(plan) == []


def test_an_unknown_revision_is_refused(plan: Path) -> None:
    with pytest.raises(Rejected, match="no revision"):
        lint(plan, "nowhere")


def test_the_command_says_it_to_people_programs_and_reviews(
    plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_PROJECT_DIR", str(plan.parent))
    run = CliRunner().invoke
    good = run(command, ["lint"])
    assert (good.exit_code, good.output) == (0, "0 errors, 0 warnings\n")
    write(plan, GOOD.replace("owner: Web team", "owner: ''"))
    text = run(command, ["lint"])
    assert text.exit_code == 1
    assert "tracking_plan/events/cup_bought.yml:3: error: owner is empty" in text.output
    github = run(command, ["lint", "--format", "github"]).output
    assert "::error file=tracking_plan/events/cup_bought.yml,line=3" in github
    report = json.loads(run(command, ["lint", "--format", "json"]).output)
    assert report["errors"] == 2  # the version has not grown either
