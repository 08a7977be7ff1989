from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy import sparse

from ml.recommendations.evaluation import RankingMeasures, measure
from ml.recommendations.interactions import interactions_from
from ml.recommendations.ranking import learn, popular_only

ORDERS = (
    Path(__file__).parents[2].parent
    / "shared/data/online_retail/online_retail_II_2009-12_2010-12.parquet"
)
CUT = "2010-11-01"


@pytest.fixture(scope="module")
def judged() -> dict[tuple[str, bool], RankingMeasures]:
    """Learn from eleven months of a real shop's orders; judge on those that follow."""
    if not ORDERS.is_file():
        pytest.skip(f"the real orders are not here: {ORDERS}")
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute(
        f"""
        create table lines as
        select
            cast(cast("Customer ID" as bigint) as varchar) as customer_id,
            upper(StockCode) as product_id,
            Invoice as order_id,
            cast(InvoiceDate as timestamp) as ordered_at
        from '{ORDERS}'
        where "Customer ID" is not null and Quantity > 0 and Price > 0
            and regexp_matches(StockCode, '^[0-9]{{5}}') and not Invoice like 'C%'
        """  # noqa: S608 - our own path
    )
    connection.execute(
        "create table marts.products as"
        " select distinct product_id, true as is_active from lines"
    )
    connection.execute(
        "create table marts.customer_product_interactions as"
        " select customer_id, product_id, count(distinct order_id) as purchase_count,"
        " 0 as view_count, max(ordered_at) as last_interacted_at"
        " from lines where ordered_at < cast(? as timestamp)"
        " group by customer_id, product_id",
        [CUT],
    )
    known = interactions_from(connection)
    later = connection.execute(
        "select distinct customer_id, product_id from lines"
        " where ordered_at >= cast(? as timestamp)",
        [CUT],
    ).fetchall()
    customers = {name: place for place, name in enumerate(known.customer_ids)}
    products = {name: place for place, name in enumerate(known.product_ids)}
    pairs = np.array(
        [
            (customers[customer], products[product])
            for customer, product in later
            if customer in customers and product in products
        ]
    )
    chosen = sparse.csr_matrix(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=known.shape
    )
    buyers = np.unique(pairs[:, 0])
    similarity = learn(known)
    interest = known.matrix(known.interest())[buyers]
    return {
        (name, only_new): measure(model, interest, chosen[buyers], only_new=only_new)
        for name, model in (
            ("similarity", similarity),
            ("popularity", popular_only(similarity)),
        )
        for only_new in (False, True)
    }


@pytest.mark.slow
def test_real_customers_are_served_far_better_than_by_popularity(
    judged: dict[tuple[str, bool], RankingMeasures],
) -> None:
    ours, baseline = judged["similarity", False], judged["popularity", False]
    assert ours.customer_count > 1_000
    assert ours.recall > 2.5 * baseline.recall
    assert ours.ndcg > 2.5 * baseline.ndcg
    assert ours.recall > 0.3


@pytest.mark.slow
def test_products_that_are_new_to_real_customers_are_found_too(
    judged: dict[tuple[str, bool], RankingMeasures],
) -> None:
    ours, baseline = judged["similarity", True], judged["popularity", True]
    assert ours.recall > 2 * baseline.recall
    assert ours.ndcg > 2 * baseline.ndcg
