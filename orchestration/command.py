"""``cdp run``: every step that has something new."""

from __future__ import annotations

import click

from cdp.settings import load_settings
from orchestration.display import Display
from orchestration.path import STEPS, steps_for
from orchestration.run import run_until_settled, select_steps


@click.command(name="run")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([step.name for step in STEPS]),
    help="Run only this step; may be given several times.",
)
@click.option("--again", is_flag=True, help="Run also what has nothing new.")
def command(only: tuple[str, ...], *, again: bool) -> None:
    """Run the path: deliver, load, build, score, sync, publish.

    A step whose inputs are what they were after its last successful run is skipped. A
    run that was stopped goes on where it stopped.
    """
    settings = load_settings()
    steps = select_steps(steps_for(settings), only)
    run_until_settled(settings, steps, Display(), again=again)
