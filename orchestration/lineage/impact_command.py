"""``cdp impact``: what is made of a column, an event property or an API field."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click
import msgspec

from cdp.errors import Rejected
from cdp.settings import WORKSPACE_FILE, Settings, load_settings
from orchestration.check.problem import Problem
from orchestration.check.report import FORMATS, counts
from orchestration.lineage.guard import problems_now, problems_since
from orchestration.lineage.impact import impact_of
from orchestration.lineage.lineage import load_lineage
from orchestration.lineage.names import loaded_places
from orchestration.lineage.revision import revision_at, revision_now
from orchestration.lineage.text import impact_lines

_UNCOMPARED = Problem(
    "warning",
    "compared-with-nothing",
    WORKSPACE_FILE,
    1,
    1,
    "git knows no main here, so what a change breaks was not looked for",
    "Fetch it (git fetch --unshallow origin main), or name a revision with --base",
)


@click.command(name="impact")
@click.argument("name", required=False)
@click.option("--json", "is_json", is_flag=True, help="For programs.")
@click.option(
    "--check", "is_check", is_flag=True, help="Fail if a change breaks a field."
)
@click.option(
    "--base",
    default="",
    metavar="REVISION",
    help="With --check: compare with this git revision or kept manifest.json instead of"
    " where the branch left main.",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="TEXT",
    help="With --check: breaks whose message has this text are meant.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="With --check: for people, for programs, or as annotations of a review.",
)
def command(
    name: str | None,
    *,
    is_json: bool,
    is_check: bool,
    base: str,
    accepted: tuple[str, ...],
    form: str,
) -> None:
    """Print every column, and every field of a destination, that NAME reaches.

    NAME is a column (`orders.order_amount`, in short `orders.amount`), an event
    property (`event:order_completed.total`) or a field of an API
    (`stripe.charges.amount`).
    With --check instead, every field of every destination is held against what it was.
    """
    settings = load_settings()
    if is_check:
        problems = check_fields(settings, base, accepted)
        click.echo(FORMATS[form](problems))
        sys.exit(1 if counts(problems)[0] else 0)
    if not name:
        raise Rejected("name a column, a property or a field", fix="Or use --check")
    lineage = load_lineage(settings)
    impact = impact_of(lineage, name, loaded_places(lineage, name))
    if is_json:
        told = {**msgspec.to_builtins(impact)}
        told["could_not_follow"] = msgspec.to_builtins(lineage.graph.problems)
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    for line in impact_lines(impact):
        click.echo(line)
    for problem in lineage.graph.problems:
        click.echo(f"could not follow: {problem.place}: {problem.reason}")


def check_fields(
    settings: Settings, base: str = "", accepted: Iterable[str] = ()
) -> list[Problem]:
    """Return what is broken in the destinations' fields, by file and line.

    Args:
        settings: The workspace.
        base: A git revision or a manifest; empty for where the branch left main.
        accepted: Texts of messages that are meant.

    Raises:
        Rejected: There is no such revision, or dbt cannot compile one of the two.
    """
    now = revision_now(settings)
    before = revision_at(settings, base)
    found = set(problems_now(now, settings.project_dir))
    if before is None:
        found.add(_UNCOMPARED)
    else:
        found |= set(problems_since(before, now, settings.project_dir))
    meant = tuple(accepted)
    return sorted(
        (one for one in found if not any(text in one.message for text in meant)),
        key=lambda one: (one.severity, one.file, one.line, one.message),
    )
