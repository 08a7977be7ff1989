"""The schema ``predictions``: what models say, as tables that dbt reads as a source.

dbt creates the same tables empty (macros/hooks/create_prediction_tables.sql). Each
replacement is one transaction: a reader sees the old rows or the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pandas as pd
import pyarrow as pa

TABLES = {
    "churn": {
        "customer_id": "varchar",
        "churn_probability": "double",
        "churn_band": "varchar",
        "likelihood_to_churn": "boolean",
        "model_version": "varchar",
        "scored_at": "timestamp",
    },
    "recommendations": {
        "customer_id": "varchar",
        "product_id": "varchar",
        "rank": "integer",
        "score": "double",
        "model_version": "varchar",
        "scored_at": "timestamp",
    },
    "churn_evaluations": {
        "model_version": "varchar",
        "model_name": "varchar",
        "auc": "double",
        "row_count": "bigint",
        "churned_count": "bigint",
        "trained_until": "timestamp",
        "evaluated_until": "timestamp",
        "evaluated_at": "timestamp",
        "average_precision": "double",
        "brier_score": "double",
        "top_decile_lift": "double",
        "is_selected": "boolean",
    },
    "attribution_weights": {
        "attribution_model": "varchar",
        "conversion_type": "varchar",
        "channel_path": "varchar",
        "channel": "varchar",
        "weight": "double",
        "model_version": "varchar",
        "scored_at": "timestamp",
    },
    "probable_links": {
        "left_type": "varchar",
        "left_value": "varchar",
        "right_type": "varchar",
        "right_value": "varchar",
        "match_probability": "double",
        "match_weight": "double",
        "agreement": "varchar",
        "refusal_reason": "varchar",
        "refusal_explanation": "varchar",
        "model_version": "varchar",
        "scored_at": "timestamp",
    },
}


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing: the schema, its tables, columns added since."""
    connection.execute("create schema if not exists predictions")
    for table, columns in TABLES.items():
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(
            f"create table if not exists predictions.{table}({declared})"
        )
        for name, kind in columns.items():
            connection.execute(
                f"alter table predictions.{table}"
                f" add column if not exists {name} {kind}"
            )


def replace_rows(
    connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame | pa.Table
) -> None:
    """Replace every row of a table of predictions, within the caller's transaction.

    Args:
        connection: The warehouse, open for writing, inside ``transaction``.
        table: A key of ``TABLES``.
        rows: All of the table's columns, in any order.
    """
    connection.execute(f"delete from predictions.{table}")  # noqa: S608 - our own names
    _insert(connection, table, rows)


def replace_version(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    version: str,
    rows: pd.DataFrame | pa.Table,
) -> None:
    """Replace one model version's rows, within the caller's transaction."""
    connection.execute(
        f"delete from predictions.{table} where model_version = ?",  # noqa: S608
        [version],
    )
    _insert(connection, table, rows)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block did, or nothing of it where the block fails."""
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame | pa.Table
) -> None:
    names = ", ".join(TABLES[table])
    connection.register("new_rows", rows)
    try:
        connection.execute(
            f"insert into predictions.{table} ({names})"  # noqa: S608 - our own names
            f" select {names} from new_rows"
        )
    finally:
        connection.unregister("new_rows")
