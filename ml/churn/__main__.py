"""``python -m ml.churn``: train, judge and score; ``--score-only`` trains nothing."""

from __future__ import annotations

import sys

import click

from cdp.errors import CdpError
from cdp.settings import load_settings
from ml.churn.scoring import score
from ml.churn.training import train


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--score-only", is_flag=True, help="Use the stored model; train nothing.")
@click.option("--seed", default=0, show_default=True, help="Of what is left to chance.")
def command(*, score_only: bool, seed: int) -> None:
    """Say who is likely to churn: marts.churn_features in, predictions.churn out."""
    if score_only:
        click.echo(f"{score(load_settings()):,} customers scored")
        return
    evaluation = train(load_settings(), seed=seed)
    click.echo(evaluation.summary)
    for name, one in evaluation.measures.items():
        click.echo(
            f"  {name:18} AUC {one.auc:.3f}  PR AUC {one.average_precision:.3f}"
            f"  Brier {one.brier_score:.4f}  top tenth {one.top_decile_lift:.1f} x"
        )


if __name__ == "__main__":
    try:
        command(prog_name="python -m ml.churn")
    except CdpError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(1)
