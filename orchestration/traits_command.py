"""``cdp traits``: what each tool says about customers, and whether it took ours."""

from __future__ import annotations

import click

from cdp.settings import load_settings
from orchestration.computed_traits import describe_computed_traits
from orchestration.lineage.personal import masked
from orchestration.traits import describe_traits


@click.command(name="traits")
@click.argument("customer", default="")
@click.option("--trait", default="", help="Only this trait, such as email.")
@click.option("--limit", default=5, show_default=True, help="Customers with disputes.")
@click.option("--show-values", is_flag=True, help="Show personal values as they are.")
@click.option("--computed", is_flag=True, help="List computed traits instead.")
def command(
    customer: str, trait: str, limit: int, show_values: bool, computed: bool
) -> None:
    """Show where tools contradict each other, and whether they took what was sent.

    CUSTOMER is a customer_id, an email, or type:value; without it the report is about
    all customers. Values are masked: two that look the same are the same. The figures
    are those of the last `cdp run`.
    """
    if computed:
        for line in describe_computed_traits(load_settings(), trait):
            click.echo(line)
        return
    show = (lambda value: value) if show_values else masked
    for line in describe_traits(load_settings(), customer, trait, limit, show):
        click.echo(line)
