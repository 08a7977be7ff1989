"""Ten products for each customer, written in one transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml import predictions
from ml.model_store import save_model
from ml.recommendations.evaluation import RankingMeasures, evaluate
from ml.recommendations.interactions import Interactions, read_interactions
from ml.recommendations.ranking import (
    Recommender,
    best,
    blocks,
    learn,
    similar_products,
)

MODEL = "recommendations"
STRANGER = "*"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recommended:
    """What a run recommended.

    Attributes:
        row_count: Rows written; 0 leaves the table as it was.
        customer_count: Customers who got recommendations.
        model_version: The version that the rows carry.
        measures: By model, on the last tenth of the pairs.
    """

    row_count: int
    customer_count: int = 0
    model_version: str = ""
    measures: Mapping[str, RankingMeasures] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One line for a person."""
        if not self.row_count:
            return "recommendations: not written: nobody bought or viewed anything yet"
        judged = ", ".join(
            f"{name} recall@10 {one.recall:.3f} NDCG@10 {one.ndcg:.3f}"
            for name, one in self.measures.items()
        )
        return (
            f"recommendations: {self.row_count:,} for {self.customer_count:,} customers"
            f" and strangers; {judged or 'too little to judge by'}"
        )


def write(settings: Settings) -> int:
    """Recommend and return the number of rows written; see ``recommend``."""
    return recommend(settings).row_count


def recommend(settings: Settings) -> Recommended:
    """Write ten products for each customer, and for strangers under ``*``.

    What was bought may be recommended again; what is no longer sold is not. The writing
    turn is held while reading and while writing, not while computing.

    Returns:
        What was written, and how good it is next to popularity.

    Raises:
        Misconfigured: The marts have not been built.
        Unavailable: The writing turn did not come in time.
    """
    known = read_interactions(settings)
    if not known.is_sold.any():
        _log.warning("nothing to recommend: nobody bought or viewed anything yet")
        return Recommended(0)
    measures, recommender = evaluate(known), learn(known)
    version = _version(known)
    noted = {
        "data_hash": known.fingerprint(),
        "row_count": len(known),
        "metrics": {name: asdict(one) for name, one in measures.items()},
    }
    tables = {"similar_products": similar_products(recommender, known.product_ids)}
    save_model(settings, MODEL, version, None, noted, tables)
    row_count = _write(settings, known, recommender, version)
    done = Recommended(row_count, known.shape[0], version, measures)
    _log.info("%s", done.summary)
    return done


def _write(
    settings: Settings, known: Interactions, recommender: Recommender, version: str
) -> int:
    tables = list(_tables(known, recommender, version))
    rows = pa.concat_tables(tables)
    with open_warehouse(settings, "write recommendations") as connection:
        predictions.create_tables(connection)
        with predictions.transaction(connection):
            predictions.replace_rows(connection, MODEL, rows)
    return rows.num_rows


def _tables(
    known: Interactions, recommender: Recommender, version: str
) -> Iterator[pa.Table]:
    now = datetime.now(UTC).replace(tzinfo=None)
    interest = known.matrix(known.interest())
    nobody = interest[:0]
    nobody.resize((1, known.shape[1]))
    names = np.array([STRANGER], dtype=object)
    yield _table(names, known, recommender.scores(nobody), version, now)
    for block in blocks(interest):
        scores = recommender.scores(interest[block])
        yield _table(known.customer_ids[block], known, scores, version, now)


def _table(
    customer_ids: np.ndarray[tuple[int, ...], np.dtype[np.object_]],
    known: Interactions,
    scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    version: str,
    now: datetime,
) -> pa.Table:
    places, values = best(scores)
    customer, rank = np.nonzero(np.isfinite(values))
    product = places[customer, rank]
    return pa.table(
        {
            "customer_id": pa.array(customer_ids[customer], pa.string()),
            "product_id": pa.array(known.product_ids[product], pa.string()),
            "rank": pa.array(rank + 1, pa.int32()),
            "score": pa.array(values[customer, rank], pa.float32()),
            "model_version": pa.array([version] * len(customer), pa.string()),
            "scored_at": pa.array([now] * len(customer), pa.timestamp("us")),
        }
    )


def _version(known: Interactions) -> str:
    digest = hashlib.sha256(known.fingerprint().encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    day = np.datetime64(int(known.day.max()), "D").item()
    return f"recommendations-{day:%Y%m%d}-{digest.hexdigest()[:8]}"
