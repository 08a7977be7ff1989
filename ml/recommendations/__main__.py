"""``python -m ml.recommendations``: ten products for each customer."""

from __future__ import annotations

import sys

import click

from cdp.errors import CdpError
from cdp.settings import load_settings
from ml.recommendations.batch import recommend


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Recommend: read customer_product_interactions, write predictions."""
    click.echo(recommend(load_settings()).summary)


if __name__ == "__main__":
    try:
        command(prog_name="python -m ml.recommendations")
    except CdpError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(1)
