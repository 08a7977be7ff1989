"""``cdp sync``: send what changed in the warehouse to the tools."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from activation.exposures import read_syncs
from activation.sync import apply_plan, plan_syncs, sync
from activation.sync_result import SyncResult
from activation.syncs.listing import list_of
from activation.syncs.preview import Preview, read_preview
from activation.syncs.shown import Shown
from activation.syncs.unread import unread_files
from activation.values import encode
from cdp.errors import CdpError, Rejected, Unavailable
from cdp.settings import Settings, load_settings

_ALERTED = 3
_yes = click.option(
    "--yes", is_flag=True, help="Also where more changes than the sync's guards allow."
)
_untested = click.option(
    "--untested", is_flag=True, help="Also where tests of the models have not passed."
)


class _Syncs(click.Group):
    """A group whose first word may as well be a sync's name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``cdp sync NAME`` as ``cdp sync run NAME``."""
        if not args or args[0] not in {*self.commands, "-h", "--help"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(name="sync", cls=_Syncs)
def command() -> None:
    """Send what changed in the warehouse to the tools.

    `cdp sync [NAME]...` runs all syncs, or those named; `cdp sync list` names them. A
    sync is a dbt exposure with config.meta.sync. `cdp sync plan` says first what would
    be sent, and `cdp sync apply` sends exactly that. What became of each record is in
    ledger.sync_outcomes; what was not delivered is sent again by the next run.
    """


@command.command(name="run")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_yes
@_untested
def run_(names: tuple[str, ...], *, yes: bool, untested: bool) -> None:
    """Plan and send in one go: the same as `cdp sync [NAME]...`."""
    settings = load_settings()
    _warn(settings, names)
    results = sync(
        settings, names or None, has_consent=yes, is_untested=untested, tell=_tell
    )
    held = [result for result in results if result.is_held]
    if held:
        results = [one for one in results if not one.is_held]
        results += _ask(settings, held, is_untested=untested)
    _complain(results)


@command.command(name="list")
def list_() -> None:
    """List the syncs: mode, source, destination, the last run and its outcome."""
    settings = load_settings()
    _warn(settings, ())
    declared = read_syncs(settings)
    click.echo(list_of(settings, declared.syncs))
    _raise(list(declared.problems.values()))


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--show", multiple=True, metavar="KEY", help="Show this row, whatever.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the plan files."
)
def plan(names: tuple[str, ...], *, show: tuple[str, ...], out: Path | None) -> None:
    """Say what would be sent, with bodies, cost and guards; send nothing."""
    settings = load_settings()
    _warn(settings, names)
    folder = out or settings.data_dir / "sync" / "plans"
    previews, problems = _plan_each(settings, names, show)
    for preview in previews:
        file = folder / f"{preview.sync_name}.json"
        preview.write(file)
        for line in _lines_of(preview, file):
            click.echo(line)
    _raise(problems)
    held = [one.sync_name for one in previews if one.breaches]
    if held:
        raise Rejected(
            f"a guard stops {', '.join(held)}",
            fix="Look at it; `cdp sync apply --yes` sends it all the same",
        )


def _plan_each(
    settings: Settings, names: tuple[str, ...], show: tuple[str, ...]
) -> tuple[list[Preview], list[CdpError]]:
    """Return the plans that could be made, and why others could not."""
    previews: list[Preview] = []
    declared = read_syncs(settings, names or None)
    problems: list[CdpError] = list(declared.problems.values())
    for one in declared.syncs:
        try:
            previews += plan_syncs(settings, [one.name], show)
        except CdpError as error:
            problems.append(error)
    return previews, problems


@command.command()
@click.argument("file", metavar="PLAN", type=click.Path(path_type=Path))
@_yes
@_untested
def apply(file: Path, *, yes: bool, untested: bool) -> None:
    """Send exactly what a plan says; refuse where anything moved since."""
    settings = load_settings()
    planned = read_preview(file)
    _warn(settings, [planned.sync_name])
    result = apply_plan(settings, planned, has_consent=yes, is_untested=untested)
    click.echo(result.summary)
    if result.is_held:
        raise Rejected("a guard stops it", fix="--yes sends it all the same")
    _complain([result])


def _raise(problems: Sequence[CdpError]) -> None:
    """Say all that is wrong; the last one ends the command."""
    for problem in problems[:-1]:
        click.echo(f"Error: {problem}", err=True)
    if problems:
        raise problems[-1]


def _lines_of(preview: Preview, file: Path) -> list[str]:
    counts = preview.counts
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    lines = [f"{preview.sync_name}: {told or 'nothing to send'}"]
    lines += [
        f"  refused: {reason} ({count:,})" for reason, count in preview.refused.items()
    ]
    lines += [
        f"  cannot be sent: {reason} ({count:,})"
        for reason, count in preview.unsendable.items()
    ]
    if preview.calls:
        lines.append(f"  requests: {preview.calls:,}{_told(preview.minutes)}")
    if preview.asked:
        lines.append(f"  asked first: {preview.asked:,}, as the tool may leave them")
    for shown in preview.shown:
        lines += _lines_of_record(shown)
    lines += [f"  STOPS: {breach}" for breach in preview.breaches]
    return [*lines, f"  plan: {file}"]


def _lines_of_record(shown: Shown) -> list[str]:
    reason = f": {shown.reason}" if shown.reason else ""
    lines = [f"  {shown.action} {shown.record_key}{reason}"]
    if shown.removal:
        lines.append(f"    first taken off: {shown.removal}")
        lines.append(f"    then added: {shown.body}")
    elif shown.body:
        lines.append(f"    {shown.body}")
    lines += [
        f"    {name}: {_json(before)} -> {_json(after)}"
        for name, (before, after) in shown.changes.items()
        if shown.action == "update"
    ]
    return lines


def _told(minutes: float | None) -> str:
    if minutes is None:
        return ""
    return f", about {minutes:,.1f} minutes" if minutes >= 1 else ", under a minute"


def _json(value: Any) -> str:
    return encode(value).decode()


def _ask(
    settings: Settings, held: list[SyncResult], *, is_untested: bool
) -> list[SyncResult]:
    """Ask whoever sits at the terminal; return the results of what was agreed to."""
    names = [result.name for result in held]
    if not (sys.stdin.isatty() and click.confirm("Send it all the same?")):
        raise Rejected(
            f"a guard stops {', '.join(names)}",
            fix=f"Look at `cdp sync plan {names[0]}`; --yes sends it",
        )
    return sync(settings, names, has_consent=True, is_untested=is_untested, tell=_tell)


def _warn(settings: Settings, names: Sequence[str]) -> None:
    for file in unread_files(settings, names):
        click.echo(
            f"{file} has changed since dbt read it: run `dbt parse` for that to count",
            err=True,
        )


def _tell(result: SyncResult) -> None:
    click.echo(result.summary)


def _complain(results: list[SyncResult]) -> None:
    withheld = [result.name for result in results if result.withheld_because]
    if withheld:
        raise Rejected(
            f"withheld: {', '.join(withheld)}",
            fix="Run `dbt build` until its tests pass; --untested sends all the same",
        )
    stopped = [result.name for result in results if result.stopped_by is not None]
    if stopped:
        raise Unavailable(
            f"not all could be sent: {', '.join(stopped)}",
            fix="Nothing is lost: the next run sends the rest",
        )
    if any(result.alerts for result in results):
        sys.exit(_ALERTED)
