"""``cdp attribution``: which channel gets the credit, by every model."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import click
import duckdb

from activation.showing import table
from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings, load_settings
from cdp.warehouse import open_snapshot

_CREDITS = """
    select
        attribution_model,
        channel,
        sum(credit_share) as conversions,
        sum(credited_amount) as amount
    from marts.attribution_credits
    where
        conversion_type = $conversion_type
        and (not $amounts or currency_code = $currency_code)
    group by attribution_model, channel
"""
_TYPES = "select distinct conversion_type from marts.attribution_credits order by 1"
_CURRENCY = """
    select currency_code
    from marts.attribution_credits
    where conversion_type = $conversion_type and currency_code is not null
    group by currency_code
    order by count(*) desc, currency_code
    limit 1
"""
MODELS = (
    *("first_touch", "last_touch", "last_non_direct_touch", "linear"),
    *("position_based", "time_decay", "markov", "shapley", "shapley_ordered"),
)


@dataclass(frozen=True, slots=True)
class Credit:
    """What one model gives one channel: conversions, and their revenue."""

    attribution_model: str
    channel: str
    conversions: Decimal
    amount: Decimal


@click.command(name="attribution")
@click.option(
    "--type",
    "conversion_type",
    default="order",
    show_default=True,
    help="Which conversions: order, first_order, qualified_lead, sign_up, …",
)
@click.option("--amount", is_flag=True, help="Show revenue instead of conversions.")
@click.option("--currency", default="", help="Whose revenue; the most frequent one's.")
def command(conversion_type: str, currency: str, *, amount: bool) -> None:
    """Show how much credit each channel gets by each attribution model.

    The figures are those of the last `cdp run`; every column adds up to all conversions
    of the type. More by month, campaign and ad: marts.channel_performance.
    """
    settings = load_settings()
    credits_found = read_credits(
        settings, conversion_type, amounts=amount, currency_code=currency
    )
    for line in credit_lines(credits_found, amounts=amount):
        click.echo(line)


def read_credits(
    settings: Settings,
    conversion_type: str,
    *,
    amounts: bool = False,
    currency_code: str = "",
) -> list[Credit]:
    """Read the credit of each channel by each model from the published snapshot.

    Raises:
        Misconfigured: Nothing has been built or published yet.
        Rejected: There is no conversion of this type.
    """
    asked: dict[str, object] = {"conversion_type": conversion_type}
    with open_snapshot(settings) as connection:
        try:
            if amounts and not currency_code:
                found = connection.execute(_CURRENCY, asked).fetchone()
                currency_code = found[0] if found else ""
            asked |= {"amounts": amounts, "currency_code": currency_code}
            rows = connection.execute(_CREDITS, asked).fetchall()
            known = [row[0] for row in connection.execute(_TYPES).fetchall()]
        except duckdb.CatalogException as error:
            raise Misconfigured(
                "the models of attribution have not been built",
                place="marts.attribution_credits",
                fix="Run `cdp run` at stage growth or later",
            ) from error
    if not rows:
        raise Rejected(
            f"there are no conversions of type {conversion_type} to show",
            place="marts.attribution_credits",
            fix=f"Ask for one of: {', '.join(known) or 'none yet'}",
        )
    return [Credit(*row) for row in rows]


def credit_lines(credits_found: list[Credit], *, amounts: bool = False) -> list[str]:
    """Return a table for a terminal: a row per channel, a column per model."""
    cells = {
        (one.attribution_model, one.channel): one.amount if amounts else one.conversions
        for one in credits_found
    }
    models = [name for name in MODELS if any(name == key[0] for key in cells)]
    totals = {name: Decimal(0) for name in models}
    by_channel: dict[str, list[Decimal]] = {}
    for channel in sorted({one.channel for one in credits_found}):
        row = [cells.get((name, channel), Decimal(0)) for name in models]
        by_channel[channel] = row
        totals = {
            name: totals[name] + cell for name, cell in zip(models, row, strict=True)
        }
    rows = sorted(by_channel.items(), key=lambda item: -item[1][-1])
    shown = [("channel", *models)]
    shown += [(name, *(_number(cell) for cell in row)) for name, row in rows]
    shown.append(("all", *(_number(total) for total in totals.values())))
    return table(shown)


def _number(value: Decimal) -> str:
    return f"{value:,.2f}"
