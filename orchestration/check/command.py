"""``cdp check``: what is wrong with the workspace, where, and what to write instead."""

from __future__ import annotations

import sys

import click

from cdp.workspace_json_schema import rendered
from cdp.workspace_sections import workspace_setting
from orchestration.check.report import FORMATS, counts
from orchestration.check.rules import check


@click.command(name="check")
@click.option(
    "--environment",
    type=click.Choice(["development", "production"]),
    default="development",
    show_default=True,
    help="In production a variable that is not set is an error.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="For people, for programs, or as annotations of a pull request.",
)
@click.option(
    "--schema", is_flag=True, help="Print the JSON Schema of headwater.yml instead."
)
def command(environment: str, form: str, *, schema: bool) -> None:
    """Check headwater.yml and what it names; print every problem with its fix.

    Reads the file, the tracking plan, the transformations, the environment and, where
    dbt has run, the syncs. Changes nothing and calls nobody. Exit code 1 means errors;
    warnings alone leave it 0. No secret's value is ever printed.
    """
    if schema:
        click.echo(rendered(workspace_setting()), nl=False)
        return
    problems = check(is_production=environment == "production")
    text = FORMATS[form](problems)
    if text:
        click.echo(text)
    errors, _ = counts(problems)
    sys.exit(1 if errors else 0)
