"""``cdp plan``: the tracking plan, from its files to what is really sent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click
import msgspec

from cdp.plan_clients import CLIENTS, client_of
from cdp.plan_diff import EventChange, differences
from cdp.plan_files import FOLDER, documents_at, documents_now
from cdp.plan_lint import Problem, is_in_git, lint
from cdp.settings import load_settings
from cdp.text_table import markdown_table, text_table

# What lives in a higher room is imported when it is called, as in ``cdp.cli``.
_ELSEWHERE = {
    "coverage": ("activation.plan_coverage_command", "coverage"),
    "page": ("activation.plan_page_command", "page"),
}
_HEADINGS = ("event", "kind", "version", "property", "change", "breaking")


class _PlanCommands(click.Group):
    """Commands of this file, and those that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a plan's life."""
        return [*super().list_commands(ctx), *_ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command."""
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, attribute = _ELSEWHERE[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - our own table
        return command


@click.group(name="plan", cls=_PlanCommands)
def command() -> None:
    """The tracking plan: what may be sent, and what is."""


def _folder() -> Path:
    return load_settings().project_dir / FOLDER


@command.command(name="lint")
@click.option("--base", default=None, help="Versions must have grown since [HEAD].")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as annotations of a pull request.",
)
def lint_(base: str | None, form: str) -> None:
    """Check every file of the plan; exit code 1 means errors."""
    folder = _folder()
    if base is None and is_in_git(folder):
        base = "HEAD"
    problems = lint(folder, base)
    errors = sum(problem.severity == "error" for problem in problems)
    if form == "json":
        report = {"errors": errors, "problems": problems}
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        for problem in problems:
            click.echo(_annotation(problem) if form == "github" else _line(problem))
    if form == "text":
        click.echo(f"{errors} errors, {len(problems) - errors} warnings")
    sys.exit(1 if errors else 0)


def _line(problem: Problem) -> str:
    return (
        f"{problem.file}:{problem.line}: {problem.severity}: {problem.message}"
        f" [{problem.code}]\n    {problem.fix}"
    )


def _annotation(problem: Problem) -> str:
    """Source: "Workflow commands for GitHub Actions", setting an error message."""
    text = f"{problem.message}. {problem.fix}"
    for sign, escape in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, escape)
    place = f"file={problem.file},line={problem.line},title={problem.code}"
    return f"::{problem.severity} {place}::{text}"


@command.command(name="diff")
@click.argument("ref")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="For a terminal, for programs, or for a comment of a pull request.",
)
@click.option("--fail-on-breaking", is_flag=True, help="Exit code 1 where one breaks.")
def diff(ref: str, form: str, *, fail_on_breaking: bool) -> None:
    """Compare the plan with that at REF: a branch, a tag or a commit."""
    folder = _folder()
    found = differences(documents_at(folder, ref), documents_now(folder))
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif not found:
        click.echo(f"The plan is the same as at {ref}.")
    else:
        table = markdown_table if form == "markdown" else text_table
        click.echo(table(_HEADINGS, [row for one in found for row in _rows(one)]))
        click.echo(f"\n{_sentence(found)}")
    sys.exit(1 if fail_on_breaking and any(one.is_breaking for one in found) else 0)


def _rows(one: EventChange) -> list[tuple[str, ...]]:
    was, now = one.version
    version = " -> ".join(str(each) for each in (was, now) if each is not None)
    if not one.is_version_raised:
        version = f"{now}, not raised"
    return [
        (
            *(one.event, one.kind, version, change.property, change.what),
            "BREAKING" if change.is_breaking else "",
        )
        for change in one.changes
    ]


def _sentence(found: Sequence[EventChange]) -> str:
    counts = {
        kind: sum(one.kind == kind for one in found)
        for kind in ("new", "changed", "removed")
    }
    parts = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"{parts}; {sum(one.is_breaking for one in found)} break what is sent today."


@command.command(name="clients")
@click.option("--language", type=click.Choice(list(CLIENTS)), required=True)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), required=True
)
def clients(language: str, output: Path) -> None:
    """Write typed functions that send the plan's events into the folder OUTPUT."""
    file, text = client_of(language, documents_now(_folder()))
    output.mkdir(parents=True, exist_ok=True)
    (output / file).write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output / file}.")
