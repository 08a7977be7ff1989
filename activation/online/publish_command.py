"""``cdp publish``: bring the online store up to the warehouse."""

from __future__ import annotations

import click

from activation.online.publish import publish
from cdp.settings import load_settings


@click.command(name="publish")
@click.option("--all", "everything", is_flag=True, help="Write unchanged keys too.")
@click.option("--yes", is_flag=True, help="Also where most keys would be deleted.")
def command(*, everything: bool, yes: bool) -> None:
    """Push profiles, identities and recommendations to the online store.

    Only what changed is written; keys of customers that are gone, or that turned out
    to be somebody else, are deleted. `cdp serve` answers from the store.
    """
    result = publish(load_settings(), everything=everything, has_consent=yes)
    click.echo(result.summary)
