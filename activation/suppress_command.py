"""``cdp suppress``: keep a person out of every destination."""

from __future__ import annotations

from collections import Counter

import click

from activation.suppression import KINDS, SuppressionList
from cdp.settings import load_settings

_KIND = click.Choice(KINDS)


@click.group(name="suppress")
def command() -> None:
    """Keep a person out of every destination, live and synced.

    Only hashes are kept. What a tool has already stays there: ask the tool to delete
    it.
    """


@command.command(name="add")
@click.argument("kind", type=_KIND)
@click.argument("identifier")
def add(kind: str, identifier: str) -> None:
    """Put an identifier on the list."""
    SuppressionList(load_settings().data_dir).add(kind, identifier)
    click.echo(f"This {kind} is suppressed from the next event on.")


@command.command(name="remove")
@click.argument("kind", type=_KIND)
@click.argument("identifier")
def remove(kind: str, identifier: str) -> None:
    """Take an identifier off the list."""
    SuppressionList(load_settings().data_dir).add(kind, identifier, is_suppressed=False)
    click.echo(f"This {kind} is no longer suppressed.")


@command.command(name="list")
def show() -> None:
    """Say how many are on the list, by kind."""
    counts = Counter(
        entry.kind for entry in SuppressionList(load_settings().data_dir).entries()
    )
    click.echo("\n".join(f"{kind}: {counts[kind]:,}" for kind in KINDS))
