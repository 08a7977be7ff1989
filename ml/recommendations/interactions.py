"""Who bought and viewed what, as numbers: the input of recommendations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
from scipy import sparse

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml.training_set import not_built

VIEW_WEIGHT = 0.3  # of a purchase
HALF_LIFE_DAYS = 120.0
INTERACTIONS = "marts.customer_product_interactions"

Matrix: TypeAlias = Any  # a scipy.sparse matrix by rows; scipy ships no types
_NUMBERED = f"""
    with used as (
        select * from {INTERACTIONS}
        where purchase_count > 0 or view_count > 0
    )
    select
        cast(dense_rank() over (order by customer_id) - 1 as integer) as customer,
        cast(dense_rank() over (order by product_id) - 1 as integer) as product,
        cast(purchase_count as float) as purchases,
        cast(view_count as float) as views,
        epoch(cast(last_interacted_at as timestamp)) / 86400.0 as day
    from used
    order by customer, product
"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Interactions:
    """Pairs of customer and product, one row each.

    Attributes:
        customer_ids: The customers; a row's ``customer`` is a place in it.
        product_ids: The products; a row's ``product`` is a place in it.
        customer: Places of customers.
        product: Places of products.
        purchases: How often it was bought.
        views: How often it was looked at.
        day: When it last was, in days since 1970, UTC.
        is_sold: For each product, whether it may be recommended.
    """

    customer_ids: npt.NDArray[np.object_]
    product_ids: npt.NDArray[np.object_]
    customer: npt.NDArray[np.int32]
    product: npt.NDArray[np.int32]
    purchases: npt.NDArray[np.float32]
    views: npt.NDArray[np.float32]
    day: npt.NDArray[np.float64]
    is_sold: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.customer)

    @property
    def shape(self) -> tuple[int, int]:
        """The number of customers and of products."""
        return len(self.customer_ids), len(self.product_ids)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Interactions:
        """Return the chosen pairs; places keep their meaning."""
        return Interactions(
            self.customer_ids,
            self.product_ids,
            self.customer[chosen],
            self.product[chosen],
            self.purchases[chosen],
            self.views[chosen],
            self.day[chosen],
            self.is_sold,
        )

    def matrix(self, values: npt.NDArray[np.float64]) -> Matrix:
        """Return customers x products with one value for each pair."""
        return sparse.csr_matrix(
            (values.astype(np.float32), (self.customer, self.product)), shape=self.shape
        )

    def freshness(self) -> npt.NDArray[np.float64]:
        """Return for each pair 1 at the newest, halved every ``HALF_LIFE_DAYS``."""
        newest = self.day.max() if len(self) else 0.0
        return np.asarray(0.5 ** ((newest - self.day) / HALF_LIFE_DAYS))

    def interest(self) -> npt.NDArray[np.float64]:
        """Return for each pair how much it says, fresh: more often counts less."""
        often = np.log1p(self.purchases) + VIEW_WEIGHT * np.log1p(self.views)
        return np.asarray(often * self.freshness())

    def fingerprint(self) -> str:
        """Return a hash of all pairs: equal data, equal fingerprint."""
        digest = hashlib.sha256()
        for names in (self.customer_ids, self.product_ids):
            digest.update("\n".join(names).encode())
        numbers = (self.customer, self.product, self.purchases, self.views, self.day)
        for column in (*numbers, self.is_sold):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()


def read_interactions(settings: Settings) -> Interactions:
    """Read the pairs, numbered in the order of their ids.

    The writing turn is held only while reading.

    Raises:
        Misconfigured: The marts have not been built.
        Unavailable: The turn did not come in time.
    """
    if not settings.warehouse_path.exists():
        raise not_built(settings, "there is no warehouse yet")
    with open_warehouse(settings, f"read {INTERACTIONS}") as connection:
        try:
            return interactions_from(connection)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise not_built(settings, str(error).splitlines()[0]) from error


def interactions_from(connection: duckdb.DuckDBPyConnection) -> Interactions:
    """Read the pairs and the products that are no longer sold."""
    pairs = connection.execute(_NUMBERED).fetchnumpy()
    product_ids = _names(connection, "product_id")
    gone = connection.execute(
        "select product_id from marts.products where not is_active"
    ).fetchall()
    return Interactions(
        _names(connection, "customer_id"),
        product_ids,
        np.asarray(pairs["customer"], dtype=np.int32),
        np.asarray(pairs["product"], dtype=np.int32),
        np.asarray(pairs["purchases"], dtype=np.float32),
        np.asarray(pairs["views"], dtype=np.float32),
        np.asarray(pairs["day"], dtype=np.float64),
        ~np.isin(product_ids.astype(str), [str(row[0]) for row in gone]),
    )


def _names(
    connection: duckdb.DuckDBPyConnection, column: str
) -> npt.NDArray[np.object_]:
    rows = connection.execute(
        f"select distinct {column} from {INTERACTIONS}"  # noqa: S608 - our own names
        f" where purchase_count > 0 or view_count > 0 order by {column}"
    ).fetchall()
    return np.array([row[0] for row in rows], dtype=object)
