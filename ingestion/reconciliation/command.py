"""``cdp reconcile``: do the sources and the warehouse say the same?"""

from __future__ import annotations

import click

from cdp.errors import CdpError, Rejected
from cdp.settings import load_settings
from ingestion.reconciliation.checks import DIFFERENT, Check, reconcilable, reconcile

_MARKS = {DIFFERENT: "✗"}


@click.command(name="reconcile")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
def command(sources: tuple[str, ...]) -> None:
    """Compare counts and sums of the sources with the warehouse.

    Without a SOURCE every source that can be asked is. What was found is kept in
    raw_reconciliation.checks; a difference beyond its tolerance ends with exit code 1.
    """
    settings = load_settings()
    found: list[Check] = []
    silent = []
    for name in sources or reconcilable(settings):
        try:
            checks = reconcile(settings, [name])
        except CdpError as error:
            click.echo(f"✗ {name}: {error}")
            silent.append(name)
            continue
        for check in checks:
            click.echo(f"{_MARKS.get(check.verdict, '✓')} {check.sentence}")
        found += checks
    different = [check for check in found if check.verdict == DIFFERENT]
    if different or silent:
        raise Rejected(
            f"{len(different)} of {len(found)} figures differ,"
            f" {len(silent)} sources could not be asked",
            fix="Load the source again; a difference that stays is explained in"
            " docs/sources.md",
        )
