from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cdp.errors import Rejected
from cdp.settings import Settings
from ml.churn import train
from ml.churn.leakage import (
    forbidden_names,
    refuse_forbidden_names,
    refuse_telling_features,
    separation,
)

FEATURES_FOLDER = Path(__file__).parents[2] / "models" / "marts" / "features"
Frames = dict[str, pd.DataFrame]


def guides_table() -> pd.DataFrame:
    """Return the guide's own example (ML-12), where the status equals the label."""
    columns = [
        "customer_id",
        "total_purchases",
        "subscription_status",
        "total_support_interactions",
        "chat_sentiment",
        "call_sentiment",
        "likely_to_churn",
    ]
    rows = [
        (18754, 3, "active", 1, "positive", None, False),
        (74129, 12, "cancelled", 3, None, "negative", True),
        (69153, 1, "active", 2, "positive", None, False),
        (25810, 2, "cancelled", 4, "neutral", None, True),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_the_guides_subscription_status_is_refused_and_nothing_else_of_its_table() -> (
    None
):
    features = guides_table().drop(columns=["customer_id", "likely_to_churn"])
    with pytest.raises(Rejected, match="subscription_status") as refusal:
        refuse_forbidden_names(features.columns)
    assert "total_purchases" not in str(refusal.value)
    assert forbidden_names(features.columns) == ["subscription_status"]


def test_the_label_itself_is_refused_by_name() -> None:
    assert forbidden_names(guides_table().columns) == [
        "subscription_status",
        "likely_to_churn",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "status",
        "account_state",
        "cancelled_at",
        "days_since_cancellation",
        "is_churned",
        "has_active_subscription",
        "is_active",
        "subscription_ended_days",
        "is_unsubscribed",
        "Lapsed",
        "churn_label",
        "likelihood_to_churn",
    ],
)
def test_a_name_that_says_the_outcome_is_refused(name: str) -> None:
    assert forbidden_names([name]) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "purchase_count",
        "active_week_count_last_12_weeks",
        "bad_satisfaction_count_last_90_days",
        "subscription_tenure_days",
        "is_target_age",
        "email_open_count_last_90_days",
    ],
)
def test_a_name_of_what_was_known_before_is_welcome(name: str) -> None:
    assert forbidden_names([name]) == []


@pytest.fixture(scope="module")
def many() -> tuple[pd.DataFrame, np.ndarray]:
    chance = np.random.default_rng(3)
    labels = chance.random(2_000) < 0.08
    purchases = chance.poisson(np.where(labels, 2.0, 4.0))
    return pd.DataFrame({"purchase_count": purchases}), labels


def planted(kind: str, labels: np.ndarray) -> object:
    chance = np.random.default_rng(4)
    if kind == "text":
        return np.where(labels, "b", "a")
    if kind == "codes in no order":
        return np.where(labels, 2, chance.choice([1, 3], len(labels)))
    if kind == "missing for those who stay":
        return np.where(labels, chance.random(len(labels)), np.nan)
    if kind == "flag":
        return labels.copy()
    noise = chance.random(len(labels)) < 0.01
    return labels ^ noise  # nearly


@pytest.mark.parametrize(
    "kind", ["text", "codes in no order", "missing for those who stay", "flag", "near"]
)
def test_a_renamed_status_is_refused_by_what_it_tells(
    kind: str, many: tuple[pd.DataFrame, np.ndarray]
) -> None:
    features, labels = many
    with_leak = features.assign(account_kind=planted(kind, labels))
    with pytest.raises(Rejected, match="account_kind") as refusal:
        refuse_telling_features(with_leak, labels)
    assert "purchase_count" not in str(refusal.value)


def test_honest_features_pass(many: tuple[pd.DataFrame, np.ndarray]) -> None:
    features, labels = many
    refuse_telling_features(features, labels)
    assert 0.6 < separation(features["purchase_count"], labels) < 0.95


def test_four_rows_are_too_few_to_blame_a_column_for_chance() -> None:
    features = guides_table()[["total_support_interactions"]]
    refuse_telling_features(features, guides_table()["likely_to_churn"].to_numpy())


@pytest.mark.parametrize("name", ["subscription_status", "account_kind"])
def test_training_stops_when_a_status_column_gets_in(
    name: str,
    settings: Settings,
    fill: Callable[[Frames], None],
    subscriptions: Callable[..., Frames],
    rows_of: Callable[[str], list[tuple[object, ...]]],
) -> None:
    frames = subscriptions(customers=600)
    fill(frames)
    train(settings)
    before = rows_of("from predictions.churn order by all")
    leaves = frames["churn_labels"]["is_churned"].fillna(False).astype(int)
    frames["churn_features"][name] = leaves.to_numpy()
    fill(frames)
    with pytest.raises(Rejected, match=name):
        train(settings)
    assert rows_of("from predictions.churn order by all") == before


def test_no_column_of_the_feature_models_says_the_outcome() -> None:
    files = list(FEATURES_FOLDER.glob("*.yml"))
    if not files:
        pytest.skip("models/marts/features has no YAML yet")
    models = [
        model
        for file in files
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    ]
    features = next(model for model in models if model["name"] == "churn_features")
    names = [column["name"] for column in features["columns"]]
    assert len(names) > 5
    assert forbidden_names(names) == []


def test_no_model_code_knows_where_the_simulated_truth_lies() -> None:
    sources = list((FEATURES_FOLDER.parents[2] / "ml").rglob("*.py"))
    assert sources
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert "sandbox" not in text, source
        assert ".parquet" not in text or source.name == "model_store.py", source
