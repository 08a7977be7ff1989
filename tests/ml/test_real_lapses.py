from __future__ import annotations

from pathlib import Path

import pytest

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml.churn import train

ORDERS = (
    Path(__file__).parents[2].parent
    / "shared/data/online_retail/online_retail_II_2009-12_2010-12.parquet"
)
# Whoever ordered twice and within 180 days lapses when no order follows within 90 days.
SNAPSHOTS = """
    create table known as
    with orders as (
        select
            cast("Customer ID" as bigint) as customer_id,
            Invoice as order_id,
            min(cast(InvoiceDate as timestamp)) as ordered_at,
            sum(Quantity * Price) as amount
        from read_parquet(?)
        where "Customer ID" is not null and Quantity > 0 and not Invoice like 'C%'
        group by "Customer ID", Invoice
    ),
    snapshots as (
        select cast(month as timestamp) as snapshot_at
        from range(date '2010-01-01', date '2010-12-10', interval 1 month) months(month)
        union all
        select timestamp '2010-12-10'
    )
    select
        cast(orders.customer_id as varchar) as customer_id,
        snapshots.snapshot_at,
        count(*) filter (where ordered_at < snapshot_at) as purchase_count,
        count(*) filter (
            where ordered_at between snapshot_at - interval 90 day and snapshot_at
        ) as purchase_count_last_90_days,
        sum(amount) filter (where ordered_at < snapshot_at) as purchase_amount,
        date_diff(
            'day', max(ordered_at) filter (where ordered_at < snapshot_at), snapshot_at
        ) as days_since_last_order,
        0 as support_ticket_count,
        snapshot_at + interval 90 day as horizon_ends_at,
        count(*) filter (
            where ordered_at >= snapshot_at
                and ordered_at < snapshot_at + interval 90 day
        ) = 0 as has_lapsed
    from orders
    cross join snapshots
    group by orders.customer_id, snapshots.snapshot_at
    having
        count(*) filter (where ordered_at < snapshot_at) >= 2
        and max(ordered_at) filter (where ordered_at < snapshot_at)
            > snapshot_at - interval 180 day
"""


@pytest.mark.slow
def test_real_customers_who_will_not_order_again_are_recognised(
    settings: Settings,
) -> None:
    if not ORDERS.is_file():
        pytest.skip(f"the real orders are not here: {ORDERS}")
    with open_warehouse(settings, "real orders") as connection:
        connection.execute("create schema marts")
        connection.execute(SNAPSHOTS, [str(ORDERS)])
        connection.execute(
            "create table marts.churn_features as"
            " select * exclude (horizon_ends_at, has_lapsed) from known"
        )
        connection.execute(
            "create table marts.churn_labels as"
            " select customer_id, snapshot_at, has_lapsed as is_churned,"
            " horizon_ends_at <= timestamp '2010-12-10' as label_known, horizon_ends_at"
            " from known"
        )
    evaluation = train(settings)
    assert evaluation.status == "scored"
    assert evaluation.trained_until is not None
    assert evaluation.evaluated_from is not None
    assert evaluation.trained_until <= evaluation.evaluated_from
    aucs = {name: one.auc for name, one in evaluation.measures.items()}
    assert aucs["rule"] == 0.5  # nobody asked support, so the rule knows nothing
    assert min(aucs["logistic"], aucs["gradient_boosting"]) > 0.65
    assert evaluation.selected != "rule"
    assert 0 < evaluation.likely_count < evaluation.scored_count / 2
