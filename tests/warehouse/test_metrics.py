"""What metrics count and are shares of, asked of a few rows of the marts."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
import yaml

from tests.warehouse.raw_warehouse import PROJECT

MARTS = PROJECT / "models" / "marts"
COMMERCE = MARTS / "commerce" / "_commerce__semantic_models.yml"
METRICS = MARTS / "scorecards" / "_scorecards__metrics.yml"
ROWS = {
    "order_items": "(values (30.00, 3, false), (99.00, 9, true))"
    " as rows (line_amount, quantity, is_cancelled)",
    "order_margins": "(values (200.00, 100.00, true), (800.00, null, false))"
    " as rows (sold_amount, margin_amount, has_known_cost)",
    "subscription_months": "(values (10, 3, 1))"
    " as rows (opening_count, cancelled_count, churned_count)",
}


def measured() -> dict[str, Any]:
    """Return what each measure of commerce comes to over the rows."""
    found: dict[str, Any] = {}
    for model in yaml.safe_load(COMMERCE.read_text())["semantic_models"]:
        if model["name"] not in ROWS:
            continue
        for measure in model["measures"]:
            expression = measure.get("expr", measure["name"])
            if expression == "cost_amount":
                continue
            query = f"select {measure['agg']}({expression}) from {ROWS[model['name']]}"  # noqa: S608
            [found[measure["name"]]] = duckdb.sql(query).fetchall()[0]
    return found


def metric(name: str) -> float:
    """Return what a metric comes to: a measure, or one metric by another."""
    metrics = yaml.safe_load(METRICS.read_text())["metrics"]
    [asked] = [one["type_params"] for one in metrics if one["name"] == name]
    if "measure" in asked:
        return float(measured()[asked["measure"]])
    return metric(asked["numerator"]) / metric(asked["denominator"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sold_pieces", 3),
        ("line_amount", 30),
        ("sold_amount", 1000),
        ("margin_rate", 0.5),
        ("ended_subscriptions", 3),
        ("subscription_churn_rate", 0.1),
    ],
)
def test_a_metric_counts_what_it_says_it_counts(name: str, value: float) -> None:
    assert metric(name) == value
