"""``cdp suppress``: keep a person out of every destination."""

from __future__ import annotations

from collections import Counter

import click

from activation.suppressed_person import known_identifiers
from activation.suppression import KINDS, SuppressionList, digest_of
from cdp.settings import load_settings

_KIND = click.Choice(KINDS)
_ALONE = click.option(
    "--alone", is_flag=True, help="Only this identifier, not the customer's others."
)


@click.group(name="suppress")
def command() -> None:
    """Keep a person out of every destination, live and synced.

    Only hashes are kept. What a tool has already stays there: ask the tool to delete
    it.
    """


@command.command(name="add")
@click.argument("kind", type=_KIND)
@click.argument("identifier")
@_ALONE
def add(kind: str, identifier: str, *, alone: bool) -> None:
    """Put a person on the list: the identifier and the others of the same customer."""
    said = _note(kind, identifier, alone=alone, is_suppressed=True)
    click.echo(f"This {kind} is suppressed from the next event on{said}.")


@command.command(name="remove")
@click.argument("kind", type=_KIND)
@click.argument("identifier")
@_ALONE
def remove(kind: str, identifier: str, *, alone: bool) -> None:
    """Take a person off the list again."""
    said = _note(kind, identifier, alone=alone, is_suppressed=False)
    click.echo(f"This {kind} is no longer suppressed{said}.")


def _note(kind: str, identifier: str, *, alone: bool, is_suppressed: bool) -> str:
    """Note it, and say what else of the same customer was noted."""
    settings = load_settings()
    people = SuppressionList(settings.data_dir)
    known = [(kind, identifier)]
    if not alone:
        known = known_identifiers(settings, kind, identifier)
    for of, value in known:
        people.add(of, value, is_suppressed=is_suppressed)
    asked = digest_of(kind, identifier)
    counts = Counter(of for of, value in known if digest_of(of, value) != asked)
    more = ", ".join(f"{count:,} {of}" for of, count in sorted(counts.items()))
    return f", and what else this customer is known by: {more}" if more else ""


@command.command(name="list")
def show() -> None:
    """Say how many are on the list, by kind."""
    counts = Counter(
        entry.kind for entry in SuppressionList(load_settings().data_dir).entries()
    )
    click.echo("\n".join(f"{kind}: {counts[kind]:,}" for kind in KINDS))
