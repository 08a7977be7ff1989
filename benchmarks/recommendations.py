"""How long ten recommendations for everybody take, and how much memory.

    python benchmarks/recommendations.py [CUSTOMERS] [PRODUCTS]

Makes customers with tastes in memory, learns from them and ranks for all of them. The
limit beside it is the bare product of the two matrices, block by block, without which
nobody can be ranked.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from ml.recommendations.interactions import Interactions
from ml.recommendations.ranking import best, blocks, learn

PAIRS_PER_CUSTOMER = 30


def shop(customers: int, products: int) -> Interactions:
    """Return a shop in which some products are far more popular than others."""
    chance = np.random.default_rng(7)
    size = customers * PAIRS_PER_CUSTOMER
    product = (products * chance.random(size) ** 2.5).astype(np.int64)
    customer = np.repeat(np.arange(customers), PAIRS_PER_CUSTOMER)
    pairs = np.unique(customer * products + product)
    return Interactions(
        np.array([f"c_{number}" for number in range(customers)], dtype=object),
        np.array([f"p_{number}" for number in range(products)], dtype=object),
        (pairs // products).astype(np.int32),
        (pairs % products).astype(np.int32),
        chance.poisson(0.5, len(pairs)).astype(np.float32),
        np.ones(len(pairs), dtype=np.float32),
        chance.uniform(20_000, 20_365, len(pairs)),
        np.ones(products, dtype=np.bool_),
    )


def main() -> None:
    """Print seconds and memory."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    products = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    known = shop(customers, products)
    print(f"{customers:,} customers, {products:,} products, {len(known):,} pairs")
    start = time.perf_counter()
    recommender = learn(known)
    learned = time.perf_counter()
    interest = known.matrix(known.interest())
    for block in blocks(interest):
        best(recommender.scores(interest[block]))
    ranked = time.perf_counter()
    for block in blocks(interest):
        interest[block][:, recommender.compared] @ recommender.weights
    multiplied = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"learn                 {learned - start:7.2f} s")
    print(f"rank for everybody    {ranked - learned:7.2f} s")
    print(f"the product alone     {multiplied - ranked:7.2f} s")
    print(f"memory at the most    {peak:7.0f} MB")


if __name__ == "__main__":
    main()
