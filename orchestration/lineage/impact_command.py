"""``cdp impact``: what is made of a column, an event property or an API field."""

from __future__ import annotations

import click
import msgspec

from cdp.settings import load_settings
from orchestration.lineage.impact import impact_of
from orchestration.lineage.lineage import load_lineage
from orchestration.lineage.names import loaded_places
from orchestration.lineage.text import impact_lines


@click.command(name="impact")
@click.argument("name")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
def command(name: str, *, is_json: bool) -> None:
    """Print every column, and every field of a destination, that NAME reaches.

    NAME is a column (`orders.order_amount`), an event property
    (`event:order_completed.total`) or a field of an API (`stripe.charges.amount`).
    """
    lineage = load_lineage(load_settings())
    impact = impact_of(lineage, name, loaded_places(lineage, name))
    if is_json:
        told = {**msgspec.to_builtins(impact)}
        told["could_not_follow"] = msgspec.to_builtins(lineage.graph.problems)
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    for line in impact_lines(impact):
        click.echo(line)
    for problem in lineage.graph.problems:
        click.echo(f"could not follow: {problem.place}: {problem.reason}")
