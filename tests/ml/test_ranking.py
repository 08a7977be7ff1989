from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cdp.errors import Misconfigured
from cdp.settings import Settings
from ml.model_store import current_folder
from ml.recommendations import ranking, recommend, write
from ml.recommendations.interactions import read_interactions

Frames = dict[str, pd.DataFrame]
Fill = Callable[[Frames], None]
RowsOf = Callable[[str], list[tuple[object, ...]]]
ROWS = (
    "select * exclude (scored_at) from predictions.recommendations"
    " order by customer_id, rank"
)
AS_OF = pd.Timestamp("2026-11-23")


def shop(
    *, customers: int = 400, products: int = 60, groups: int = 4, seed: int = 2
) -> Frames:
    """Return a shop whose customers each like one group of the products."""
    chance = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        liked = np.arange(products) % groups == customer % groups
        weights = np.where(liked, 40.0, 1.0) / (1 + np.arange(products) // groups)
        count = int(chance.integers(2, 9))
        chosen = chance.choice(
            products, count, replace=False, p=weights / weights.sum()
        )
        for product in chosen:
            bought = int(chance.random() < 0.6)
            rows.append(
                {
                    "customer_id": f"c_{customer:04d}",
                    "product_id": f"p_{product:03d}",
                    "purchase_count": bought,
                    "view_count": 1 - bought + int(chance.integers(0, 3)),
                    "last_interacted_at": AS_OF
                    - pd.Timedelta(days=float(chance.uniform(0, 300))),
                }
            )
    return {
        "customer_product_interactions": pd.DataFrame(rows),
        "products": pd.DataFrame(
            {
                "product_id": [f"p_{number:03d}" for number in range(products)],
                "is_active": True,
            }
        ),
    }


def test_each_customer_and_strangers_get_ten_different_products(
    settings: Settings, fill: Fill, rows_of: RowsOf
) -> None:
    frames = shop()
    fill(frames)
    assert write(settings) == 4_010
    found = rows_of(
        "select customer_id, list(rank order by rank), count(distinct product_id)"
        " from predictions.recommendations group by customer_id order by customer_id"
    )
    customers = sorted(frames["customer_product_interactions"].customer_id.unique())
    assert [row[0] for row in found] == ["*", *customers]
    assert all(row[1:] == (list(range(1, 11)), 10) for row in found)


def test_taste_is_recognised_better_than_popularity_does(
    settings: Settings, fill: Fill
) -> None:
    fill(shop(customers=2_000, products=240, groups=8))
    measures = recommend(settings).measures
    assert measures["similarity"].recall > 1.3 * measures["popularity"].recall
    assert measures["similarity"].ndcg > 1.3 * measures["popularity"].ndcg


def test_strangers_get_what_is_popular_now(
    settings: Settings, fill: Fill, rows_of: RowsOf
) -> None:
    frames = shop()
    past = AS_OF - pd.Timedelta(days=2_000)
    frames["customer_product_interactions"] = pd.DataFrame(
        [(f"c_{n}", "p_old", 1, 0, past) for n in range(50)]
        + [(f"c_{n}", "p_new", 1, 0, AS_OF) for n in range(20)],
        columns=frames["customer_product_interactions"].columns,
    )
    fill(frames)
    write(settings)
    assert rows_of(
        "select product_id from predictions.recommendations"
        " where customer_id = '*' order by rank"
    ) == [("p_new",), ("p_old",)]


def test_a_product_that_is_no_longer_sold_is_never_recommended(
    settings: Settings, fill: Fill, rows_of: RowsOf
) -> None:
    frames = shop()
    frames["products"].loc[:3, "is_active"] = False
    fill(frames)
    write(settings)
    gone = (
        "select count(*) from predictions.recommendations where product_id <= 'p_003'"
    )
    assert rows_of(gone) == [(0,)]
    frames["products"]["is_active"] = False
    fill(frames)
    assert write(settings) == 0
    assert rows_of("select count(*) > 0 from predictions.recommendations") == [(True,)]


def test_what_was_bought_may_be_recommended_again(
    settings: Settings, fill: Fill, rows_of: RowsOf
) -> None:
    fill(shop())
    write(settings)
    assert rows_of(
        "select count(*) > 0 from predictions.recommendations"
        " inner join marts.customer_product_interactions"
        " using (customer_id, product_id) where purchase_count > 0"
    ) == [(True,)]


def test_equal_data_give_equal_recommendations(
    settings: Settings, fill: Fill, rows_of: RowsOf
) -> None:
    fill(shop())
    write(settings)
    before = rows_of(ROWS)
    write(settings)
    assert rows_of(ROWS) == before


def test_blocks_change_nothing(
    settings: Settings, fill: Fill, rows_of: RowsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop())
    write(settings)
    before = rows_of(
        "select customer_id, product_id, rank" + ROWS[ROWS.index(" from") :]
    )
    monkeypatch.setattr(ranking, "CELLS_PER_BLOCK", 60 * 7)
    write(settings)
    after = rows_of(
        "select customer_id, product_id, rank" + ROWS[ROWS.index(" from") :]
    )
    assert after == before


def test_weights_are_the_closed_form(settings: Settings, fill: Fill) -> None:
    fill(shop(customers=50, products=12))
    known = read_interactions(settings)
    learned = ranking.learn(known)
    strength = np.where(known.purchases > 0, 1.0, 0.3) * np.sqrt(known.freshness())
    matrix = known.matrix(strength).toarray().astype(float)[:, learned.compared]
    inverse = np.linalg.inv(matrix.T @ matrix + ranking.RIDGE * np.eye(matrix.shape[1]))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert np.allclose(learned.weights, expected, atol=1e-5)


def test_products_beyond_the_limit_are_still_recommended_by_popularity(
    settings: Settings, fill: Fill, rows_of: RowsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "PRODUCTS_COMPARED_AT_MOST", 5)
    fill(shop())
    assert write(settings) == 4_010
    similar = pd.read_parquet(
        current_folder(settings, "recommendations") / "similar_products.parquet"
    )
    assert similar["product_id"].nunique() <= 5


def test_similar_products_are_of_the_same_taste(settings: Settings, fill: Fill) -> None:
    fill(shop(customers=1_500, products=40))
    write(settings)
    similar = pd.read_parquet(
        current_folder(settings, "recommendations") / "similar_products.parquet"
    )
    first = similar[similar["rank"] == 1]
    group = first["product_id"].str[2:].astype(int) % 4
    other = first["similar_product_id"].str[2:].astype(int) % 4
    assert (group == other).mean() > 0.8


def test_nothing_bought_or_viewed_writes_nothing_and_says_so(
    settings: Settings, fill: Fill
) -> None:
    fill({name: rows.head(0) for name, rows in shop().items()})
    done = recommend(settings)
    assert done.row_count == 0
    assert "nobody bought" in done.summary


def test_one_customer_and_one_product_are_enough(
    settings: Settings, fill: Fill, rows_of: RowsOf
) -> None:
    fill({name: rows.head(1) for name, rows in shop().items()})
    done = recommend(settings)
    assert done.row_count == 2
    assert "too little to judge by" in done.summary
    assert len(rows_of(ROWS)) == 2


def test_recommending_before_the_marts_are_built_says_what_to_run(
    settings: Settings, fill: Fill
) -> None:
    with pytest.raises(Misconfigured, match="dbt build"):
        write(settings)
    fill({"products": shop()["products"]})
    with pytest.raises(Misconfigured, match="dbt build"):
        write(settings)
