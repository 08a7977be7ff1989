from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml import predictions

MACRO = Path(__file__).parents[2] / "macros" / "hooks" / "create_prediction_tables.sql"


def scores(*customer_ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": list(customer_ids),
            "churn_probability": 0.1,
            "churn_band": "low",
            "likelihood_to_churn": False,
            "model_version": "churn-1",
            "scored_at": pd.Timestamp("2026-01-01"),
        }
    )


def replace_by_nonsense(connection: duckdb.DuckDBPyConnection) -> None:
    wrong = scores("c_2").assign(churn_probability="much")
    with predictions.transaction(connection):
        predictions.replace_rows(connection, "churn", wrong)


def test_replacing_leaves_the_new_rows_alone(settings: Settings) -> None:
    with open_warehouse(settings, "test") as connection:
        predictions.create_tables(connection)
        for rows in (scores("c_1", "c_2"), scores("c_3")):
            with predictions.transaction(connection):
                predictions.replace_rows(connection, "churn", rows)
        found = connection.execute("select customer_id from predictions.churn")
        assert found.fetchall() == [("c_3",)]


def test_a_failure_halfway_leaves_the_old_rows(settings: Settings) -> None:
    with open_warehouse(settings, "test") as connection:
        predictions.create_tables(connection)
        with predictions.transaction(connection):
            predictions.replace_rows(connection, "churn", scores("c_1"))
        with pytest.raises(duckdb.ConversionException):
            replace_by_nonsense(connection)
        found = connection.execute("select customer_id from predictions.churn")
        assert found.fetchall() == [("c_1",)]


def test_columns_added_since_the_table_was_made_are_added_to_it(
    settings: Settings,
) -> None:
    with open_warehouse(settings, "test") as connection:
        connection.execute("create schema predictions")
        connection.execute(
            "create table predictions.churn_evaluations (model_version varchar)"
        )
        predictions.create_tables(connection)
        found = connection.execute("describe predictions.churn_evaluations").fetchall()
        assert [row[0] for row in found] == list(
            predictions.TABLES["churn_evaluations"]
        )


def test_dbt_makes_the_same_tables_when_nothing_is_scored_yet() -> None:
    text = MACRO.read_text(encoding="utf-8")
    declared = {
        name: dict(
            column.rsplit(" ", 1) for column in re.findall(r"'(\w+ \w+)'", columns)
        )
        for name, columns in re.findall(r"'(\w+)': \[(.*?)\]", text, re.DOTALL)
    }
    assert declared == predictions.TABLES
