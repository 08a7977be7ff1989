"""``cdp keys``: keys of the HTTP APIs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from cdp.api_keys import SCOPES, new_key
from cdp.errors import Rejected

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@click.group(name="keys")
def command() -> None:
    """Keys of the HTTP APIs, as `keys` of headwater.yml names them."""


@command.command(name="new")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(list(SCOPES)),
    multiple=True,
    required=True,
    help="What it may do; may be given several times.",
)
def new(name: str, scopes: Sequence[str]) -> None:
    """Make a random key and print it with the lines to add.

    It is stored nowhere: keep it where the servers' other secrets are.
    """
    for line in added_lines(name, scopes, new_key()):
        click.echo(line)


def added_lines(name: str, scopes: Sequence[str], key: str) -> list[str]:
    """Return what to put into the environment and under ``keys``.

    Raises:
        Rejected: The name cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise Rejected(
            f"{name!r} cannot be the name of a key",
            fix="Use small letters, digits and _, such as dashboard",
        )
    variable = f"CDP_API_KEY_{name.upper()}"
    return [
        "# for the environment; it is shown only now",
        f"export {variable}={key}",
        "",
        "# under keys in headwater.yml",
        f"  {name}:",
        f"    key: ${{{variable}}}",
        f"    scopes: [{', '.join(dict.fromkeys(scopes))}]",
    ]
