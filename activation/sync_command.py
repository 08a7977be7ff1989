"""``cdp sync``: send what changed in the warehouse to the tools."""

from __future__ import annotations

import sys

import click

from activation.sync import sync
from activation.sync_result import SyncResult
from cdp.errors import Misconfigured, Unavailable
from cdp.settings import Settings, load_settings


@click.command(name="sync")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say what would be sent, with samples; send nothing.",
)
@click.option(
    "--yes", is_flag=True, help="Also where more changes than the sync's guard allows."
)
def command(names: tuple[str, ...], *, dry_run: bool, yes: bool) -> None:
    """Send what changed in the warehouse to the tools.

    Runs all syncs, or those named. A sync is a dbt exposure with config.meta.sync.
    What became of each record is in ledger.sync_outcomes; what was not delivered is
    sent again by the next run.
    """
    settings = load_settings()
    results = sync(settings, names or None, dry_run, has_consent=yes)
    for result in results:
        _show(result, dry_run=dry_run)
    if dry_run:
        return
    held = [result for result in results if result.is_held]
    if held:
        results += _ask(settings, held)
    _complain(results)


def _show(result: SyncResult, *, dry_run: bool) -> None:
    if not dry_run:
        click.echo(result.summary)
        return
    click.echo(
        f"{result.name}: would create {result.created_count:,}, update"
        f" {result.updated_count:,}; {result.unchanged_count:,} unchanged,"
        f" {result.gone_count:,} no longer in the model"
    )
    for sample in result.samples:
        click.echo(f"  {sample}")


def _ask(settings: Settings, held: list[SyncResult]) -> list[SyncResult]:
    """Ask whoever sits at the terminal; return the results of what was agreed to."""
    names = [result.name for result in held]
    if not (sys.stdin.isatty() and click.confirm("Send it all the same?")):
        raise Misconfigured(
            f"more would change than the guard allows: {', '.join(names)}",
            place="config.meta.sync.guards.max_changed_share",
            fix=f"Look at `cdp sync {names[0]} --dry-run`; --yes sends it",
        )
    results = sync(settings, names, has_consent=True)
    for result in results:
        _show(result, dry_run=False)
    return results


def _complain(results: list[SyncResult]) -> None:
    stopped = [result.name for result in results if result.stopped_by is not None]
    if stopped:
        raise Unavailable(
            f"not all could be sent: {', '.join(stopped)}",
            fix="Nothing is lost: the next run sends the rest",
        )
