"""How near each attribution model comes to what the simulated shop knows.

    cdp demo && python benchmarks/attribution.py

The sandbox knows for each order whether a touch caused it (an ad, an email, a partner's
link) or whether it would have been placed anyway. Every model divides all orders among
touches, so all of them claim too much for marketing; what differs is where the caused
orders go. For each model:

right touch    credit of caused orders that goes to the very touch that caused them
right channel  credit of caused orders that goes to the channel that caused them
overstated     credit of the causing channels, all orders, per order that they caused
wrong split    share of that credit that would have to move between these channels for
               their parts to be those of the truth

Then, for each campaign that was paid for: what a dollar truly brought back (revenue of
the orders that its ads caused), and what each model says it did.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from activation.showing import table
from cdp.settings import load_settings

_JUDGED = """
    with causes as (
        select order_id, cause, touch_message_id
        from read_parquet($truth)
        where touch_message_id is not null
    ),
    credits as (
        select
            attribution_model, channel, touch_id,
            cast(credit_share as double) as share,
            substr(conversion_id, 7) as order_id
        from marts.attribution_credits
        where conversion_type = 'order'
    ),
    caused as (
        select
            attribution_model,
            sum(share) filter (where touch_id = touch_message_id) as at_touch,
            sum(share) filter (where channel = cause) as at_channel
        from credits inner join causes using (order_id)
        group by attribution_model
    ),
    true_parts as (
        select
            cause as channel, count(*) as orders,
            count(*) / sum(count(*)) over () as part
        from causes
        group by cause
    ),
    models as (select distinct attribution_model from credits),
    claimed as (
        select
            models.attribution_model, true_parts.part,
            coalesce(sum(credits.share), 0) as claim
        from models
        cross join true_parts
        left join credits
            on
                models.attribution_model = credits.attribution_model
                and true_parts.channel = credits.channel
        group by models.attribution_model, true_parts.channel, true_parts.part
    ),
    parted as (
        select
            *,
            claim / sum(claim) over (partition by attribution_model) as claimed_part
        from claimed
    ),
    split as (
        select
            attribution_model, sum(claim) as claim,
            sum(abs(claimed_part - part)) / 2 as wrong_split
        from parted
        group by attribution_model
    )
    select
        attribution_model,
        coalesce(at_touch, 0) / (select count(*) from causes),
        coalesce(at_channel, 0) / (select count(*) from causes),
        claim / (select count(*) from causes),
        wrong_split
    from split inner join caused using (attribution_model)
    order by 2 desc, attribution_model
"""
_RETURNS = """
    with spent as (
        select campaign_name, sum(spend_amount) as spend_amount
        from marts.ad_performance
        group by campaign_name
    ),
    caused as (
        select campaign_name, sum(order_amount) as revenue
        from read_parquet($effects)
        where is_caused
        group by campaign_name
    ),
    claimed as (
        select campaign_name, attribution_model, sum(revenue_amount) as revenue
        from marts.channel_performance
        group by campaign_name, attribution_model
    )
    select
        spent.campaign_name,
        cast(spent.spend_amount as double),
        coalesce(caused.revenue, 0) / cast(spent.spend_amount as double),
        claimed.attribution_model,
        cast(claimed.revenue as double) / cast(spent.spend_amount as double)
    from spent
    left join caused using (campaign_name)
    inner join claimed using (campaign_name)
    where spent.spend_amount > 0
    order by 2 desc, 1
"""
_COUNTS = """
    select count(*), count(touch_message_id) from read_parquet($truth)
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How near one model comes; the figures are explained at the head of the file."""

    attribution_model: str
    right_touch: float
    right_channel: float
    overstated: float
    wrong_split: float


def judge(connection: duckdb.DuckDBPyConnection, truth: str) -> list[Judgement]:
    """Compare each model's credit with the truth, best first.

    Args:
        connection: A built warehouse.
        truth: The file ``order_causes.parquet`` of the sandbox.
    """
    rows = connection.execute(_JUDGED, {"truth": truth}).fetchall()
    return [Judgement(*row) for row in rows]


def returns(connection: duckdb.DuckDBPyConnection, effects: str) -> list[list[str]]:
    """Return a table: a row per campaign, the truth beside what the models say.

    Args:
        connection: A built warehouse.
        effects: The file ``ad_effects.parquet`` of the sandbox.
    """
    rows = connection.execute(_RETURNS, {"effects": effects}).fetchall()
    models = sorted({row[3] for row in rows})
    lines = [["campaign", "spend", "truly", *models]]
    for campaign in dict.fromkeys(row[0] for row in rows):
        of_it = [row for row in rows if row[0] == campaign]
        says = {row[3]: f"{row[4]:.2f}" for row in of_it}
        lines.append(
            [campaign, f"{of_it[0][1]:,.2f}", f"{of_it[0][2]:.2f}"]
            + [says.get(name, "") for name in models]
        )
    return lines


def main() -> None:
    """Print the comparison for the demo in CDP_DATA_DIR."""
    settings = load_settings()
    folder = settings.data_dir / "sandbox" / "truth"
    truth = str(folder / "order_causes.parquet")
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        found = connection.execute(_COUNTS, {"truth": truth}).fetchone()
        judged = judge(connection, truth)
        returned = returns(connection, str(folder / "ad_effects.parquet"))
    assert found
    print(f"{found[0]:,} orders, {found[1]:,} of them caused by a touch")
    lines = [("model", "right touch", "right channel", "overstated", "wrong split")]
    lines += [
        (
            one.attribution_model,
            f"{one.right_touch:.1%}",
            f"{one.right_channel:.1%}",
            f"{one.overstated:.1f} x",
            f"{one.wrong_split:.1%}",
        )
        for one in judged
    ]
    print("\n".join(table(lines)))
    print("\nRevenue per dollar of spend")
    print("\n".join(table(returned)))


if __name__ == "__main__":
    main()
