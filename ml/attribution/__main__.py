"""``python -m ml.attribution``: learn what each channel counts."""

from __future__ import annotations

import sys

import click

from cdp.errors import CdpError
from cdp.settings import load_settings
from ml.attribution.learning import learn


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--markov-order",
    default=1,
    show_default=True,
    type=click.IntRange(1, 3),
    help="How many channels back the chain remembers.",
)
def command(markov_order: int) -> None:
    """Learn from attribution_paths, write predictions.attribution_weights."""
    click.echo(learn(load_settings(), markov_order).summary)


if __name__ == "__main__":
    try:
        command(prog_name="python -m ml.attribution")
    except CdpError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(1)
