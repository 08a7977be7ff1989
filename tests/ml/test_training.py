from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml import predictions
from ml.churn import ChurnEvaluation, score, train
from ml.model_store import load_model

Frames = dict[str, pd.DataFrame]
Fill = Callable[[Frames], None]
RowsOf = Callable[[str], list[tuple[object, ...]]]
SCORES = "select * exclude (scored_at) from predictions.churn order by customer_id"


@pytest.fixture(scope="module")
def trained_once(
    tmp_path_factory: pytest.TempPathFactory,
    write_marts: Callable[[Settings, Frames], None],
    subscriptions: Callable[..., Frames],
) -> tuple[Path, Frames, ChurnEvaluation]:
    folder = tmp_path_factory.mktemp("trained")
    workspace = Settings(folder, folder / "var", {"stage": "ml"}, {})
    frames = subscriptions(customers=1_500)
    write_marts(workspace, frames)
    return workspace.data_dir, frames, train(workspace)


@pytest.fixture
def trained(
    trained_once: tuple[Path, Frames, ChurnEvaluation], settings: Settings
) -> tuple[Frames, ChurnEvaluation]:
    data_dir, frames, evaluation = trained_once
    shutil.copytree(data_dir, settings.data_dir)
    return frames, evaluation


def test_the_newest_snapshot_is_scored_and_nobody_else(
    trained: tuple[Frames, ChurnEvaluation], rows_of: RowsOf
) -> None:
    frames, evaluation = trained
    features = frames["churn_features"]
    newest = features[features["snapshot_at"] == features["snapshot_at"].max()]
    found = rows_of("select customer_id from predictions.churn order by customer_id")
    assert [row[0] for row in found] == sorted(newest["customer_id"])
    assert evaluation.status == "scored"
    assert evaluation.scored_count == len(newest)


def test_the_last_known_months_are_held_out_and_nothing_of_them_is_learned(
    trained: tuple[Frames, ChurnEvaluation],
) -> None:
    frames, evaluation = trained
    labels = frames["churn_labels"]
    known = labels[labels["label_known"]]
    assert (
        evaluation.evaluated_from
        == known["snapshot_at"].drop_duplicates().nlargest(2).min()
    )
    assert evaluation.evaluated_until == known["horizon_ends_at"].max()
    assert evaluation.trained_until is not None
    assert evaluation.trained_until <= evaluation.evaluated_from


def test_models_rank_as_they_should_and_come_near_the_true_hazard(
    trained: tuple[Frames, ChurnEvaluation],
) -> None:
    frames, evaluation = trained
    labels = frames["churn_labels"]
    rows = labels[
        labels["label_known"] & (labels["snapshot_at"] >= evaluation.evaluated_from)
    ]
    limit = roc_auc_score(rows["is_churned"].astype(bool), rows["true_hazard"])
    aucs = {name: one.auc for name, one in evaluation.measures.items()}
    assert aucs["rule"] < aucs["logistic"] <= limit + 0.02
    assert aucs["rule"] < aucs["gradient_boosting"] <= limit + 0.02
    assert aucs["gradient_boosting"] > limit - 0.06


def test_every_model_is_reported_on_the_same_rows(
    trained: tuple[Frames, ChurnEvaluation], rows_of: RowsOf
) -> None:
    _, evaluation = trained
    rows = rows_of(
        "select model_name, row_count, churned_count, auc, average_precision,"
        " brier_score, top_decile_lift, is_selected"
        " from predictions.churn_evaluations order by model_name"
    )
    assert [row[0] for row in rows] == ["gradient_boosting", "logistic", "rule"]
    assert len({row[1:3] for row in rows}) == 1
    assert [row[0] for row in rows if row[-1]] == [evaluation.selected]
    assert all(None not in row for row in rows)
    chosen = evaluation.measures[evaluation.selected]
    assert chosen.top_decile_lift > 1.5
    base = chosen.churned_count / chosen.row_count
    assert chosen.average_precision > base
    assert chosen.brier_score < base * (1 - base)


def test_probabilities_mean_what_they_say(
    trained: tuple[Frames, ChurnEvaluation],
    settings: Settings,
) -> None:
    _, evaluation = trained
    held_out = pd.read_parquet(
        load_model(settings, "churn").folder / "held_out.parquet"
    )
    said = held_out[evaluation.selected].mean()
    assert said == pytest.approx(held_out["is_churned"].mean(), abs=0.03)


def test_the_top_band_is_likely_to_churn_and_churns_most(
    trained: tuple[Frames, ChurnEvaluation], rows_of: RowsOf, settings: Settings
) -> None:
    bands = load_model(settings, "churn").metadata["bands"]
    rows = rows_of(
        "select churn_band, min(churn_probability), max(churn_probability),"
        " bool_and(likelihood_to_churn), bool_or(likelihood_to_churn)"
        " from predictions.churn group by churn_band order by 2"
    )
    assert [row[0] for row in rows] == ["low", "medium", "high"]
    assert [row[3:] for row in rows] == [(False, False), (False, False), (True, True)]
    assert rows[1][1] >= bands["medium_from"] > rows[0][2]  # type: ignore[operator]
    assert rows[2][1] >= bands["high_from"] > rows[1][2]  # type: ignore[operator]


def test_equal_data_and_seed_give_equal_scores_and_one_set_of_evaluations(
    trained: tuple[Frames, ChurnEvaluation], settings: Settings, rows_of: RowsOf
) -> None:
    _, first = trained
    before = rows_of(SCORES)
    second = train(settings)
    assert rows_of(SCORES) == before
    assert second == first
    assert rows_of("select count(*) from predictions.churn_evaluations") == [(3,)]
    assert train(settings, seed=1).model_version != first.model_version


def test_the_stored_model_scores_again_without_training(
    trained: tuple[Frames, ChurnEvaluation], settings: Settings, rows_of: RowsOf
) -> None:
    before = rows_of(SCORES)
    assert score(settings) == len(before)
    assert rows_of(SCORES) == before


def test_scoring_without_a_model_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"python -m ml\.churn"):
        score(settings)


def test_training_before_the_marts_are_built_says_what_to_run(
    settings: Settings, fill: Fill
) -> None:
    with pytest.raises(Misconfigured, match="dbt build"):
        train(settings)
    assert not settings.warehouse_path.exists()
    fill({"products": pd.DataFrame({"product_id": ["p"]})})
    with pytest.raises(Misconfigured, match="dbt build"):
        train(settings)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"customers": 3, "months": 9}, "are needed"),
        ({"customers": 400, "months": 1}, "only 1 snapshots"),
        ({"customers": 400, "months": 2}, "no month of the past"),
        ({"customers": 400, "churn": 1e-9}, "0 churned"),
    ],
)
def test_too_little_history_is_said_and_leaves_the_table_as_it_was(
    size: dict[str, float],
    said: str,
    settings: Settings,
    fill: Fill,
    subscriptions: Callable[..., Frames],
    rows_of: RowsOf,
) -> None:
    with open_warehouse(settings, "an old score") as connection:
        predictions.create_tables(connection)
        connection.execute(
            "insert into predictions.churn values"
            " ('c_old', 0.5, 'high', true, 'churn-1', timestamp '2026-01-01')"
        )
    fill(subscriptions(**size))
    evaluation = train(settings)
    assert evaluation.status == "too_little_data"
    assert said in evaluation.reason
    assert said in evaluation.summary
    assert evaluation.scored_count == 0
    assert rows_of("select customer_id from predictions.churn") == [("c_old",)]
    assert rows_of("select count(*) from predictions.churn_evaluations") == [(0,)]


def test_empty_tables_are_too_little_history(
    settings: Settings, fill: Fill, subscriptions: Callable[..., Frames]
) -> None:
    fill({name: rows.head(0) for name, rows in subscriptions().items()})
    assert train(settings).status == "too_little_data"


def test_nobody_to_score_is_said_and_still_evaluated(
    settings: Settings,
    fill: Fill,
    subscriptions: Callable[..., Frames],
    rows_of: RowsOf,
) -> None:
    frames = subscriptions(customers=800)
    known = frames["churn_labels"]["label_known"]
    fill({name: rows[known] for name, rows in frames.items()})
    evaluation = train(settings)
    assert evaluation.status == "nothing_to_score"
    assert "nobody" in evaluation.summary
    assert rows_of("select count(*) from predictions.churn") == [(0,)]
    assert rows_of("select count(*) from predictions.churn_evaluations") == [(3,)]


def test_a_feature_that_is_no_number_is_named(
    settings: Settings, fill: Fill, subscriptions: Callable[..., Frames]
) -> None:
    frames = subscriptions()
    frames["churn_features"]["plan_name"] = "Plus"
    fill(frames)
    with pytest.raises(Rejected, match="plan_name is no number"):
        train(settings)


def test_a_feature_without_any_value_does_no_harm(
    settings: Settings, fill: Fill, subscriptions: Callable[..., Frames]
) -> None:
    frames = subscriptions(customers=800)
    frames["churn_features"]["email_open_count"] = np.nan
    fill(frames)
    assert train(settings).status == "scored"
