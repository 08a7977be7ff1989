from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml.model_store import save_model
from sandbox.evaluation import best_possible_auc, churn_limit, identity_scores

Write = Callable[[str, pd.DataFrame], None]
TRUTH = ("person_id", "identifier_type", "identifier_value", "is_shared")
FOUND = ("customer_id", "identifier_type", "identifier_value")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "var", {"stage": "ml"}, {})


@pytest.fixture
def truth(settings: Settings) -> Write:
    def write(name: str, rows: pd.DataFrame) -> None:
        folder = settings.data_dir / "sandbox" / "truth"
        folder.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(folder / f"{name}.parquet", index=False)

    return write


@pytest.fixture
def marts(settings: Settings) -> Write:
    def write(name: str, rows: pd.DataFrame) -> None:
        with open_warehouse(settings, "fill the marts") as connection:
            connection.execute("create schema if not exists marts")
            connection.register("new_rows", rows)
            connection.execute(
                f"create table marts.{name} as select * from new_rows"  # noqa: S608
            )

    return write


def frame(columns: Sequence[str], *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def test_pairs_are_counted_as_if_each_had_been_looked_at(
    settings: Settings, truth: Write, marts: Write
) -> None:
    chance = np.random.default_rng(6)
    persons = chance.integers(0, 12, 60)
    customers = np.where(chance.random(60) < 0.8, persons, chance.integers(0, 15, 60))
    truth(
        "identifiers",
        frame(
            TRUTH,
            *[(f"p{p}", "user_id", f"u{n}", False) for n, p in enumerate(persons)],
        ),
    )
    marts(
        "customer_identifiers",
        frame(FOUND, *[(f"c{c}", "user_id", f"u{n}") for n, c in enumerate(customers)]),
    )
    pairs = list(combinations(range(60), 2))
    true = {pair for pair in pairs if persons[pair[0]] == persons[pair[1]]}
    found = {pair for pair in pairs if customers[pair[0]] == customers[pair[1]]}
    scores = identity_scores(settings)
    assert scores.pairs == len(true)
    assert scores.precision == pytest.approx(len(true & found) / len(found))
    assert scores.recall == pytest.approx(len(true & found) / len(true))
    both = scores.precision * scores.recall / (scores.precision + scores.recall)
    assert scores.f1 == pytest.approx(2 * both)


def test_an_identifier_that_got_lost_counts_as_not_linked_and_a_lent_device_not_at_all(
    settings: Settings, truth: Write, marts: Write
) -> None:
    truth(
        "identifiers",
        frame(
            TRUTH,
            ("p1", "email", " A@Example.com", False),
            ("p1", "user_id", "u1", False),
            ("p1", "anonymous_id", "lost", False),
            ("p1", "anonymous_id", "lent", True),
            ("p2", "anonymous_id", "lent", True),
            ("p2", "user_id", "u2", False),
        ),
    )
    marts(
        "customer_identifiers",
        frame(
            FOUND,
            ("c1", "email", "a@example.com"),
            ("c1", "user_id", "u1"),
            ("c1", "anonymous_id", "lent"),
            ("c2", "user_id", "u2"),
        ),
    )
    scores = identity_scores(settings)
    assert (scores.pairs, scores.precision) == (3, 1.0)
    assert scores.recall == pytest.approx(1 / 3)


def test_the_best_possible_auc_is_that_of_the_hazard_on_the_same_rows(
    settings: Settings, truth: Write, marts: Write
) -> None:
    chance = np.random.default_rng(7)
    hazard = chance.random(300)
    churned = chance.random(300) < hazard
    users = [f"u{n}" for n in range(300)]
    truth(
        "hazards",
        pd.DataFrame(
            {
                "user_id": users,
                "month_start": "2026-10-01T00:00:00.000Z",
                "hazard": hazard,
            }
        ),
    )
    marts(
        "customer_identifiers",
        frame(FOUND, *[(f"c{user}", "user_id", user) for user in users]),
    )
    said = chance.random(300)
    held_out = pd.DataFrame(
        {
            "customer_id": [f"c{user}" for user in users[:200]],
            "snapshot_at": pd.Timestamp("2026-10-01"),
            "is_churned": churned[:200],
            "logistic": said[:200],
        }
    )
    save_model(settings, "churn", "churn-1", 1, {}, {"held_out": held_out})
    limit = churn_limit(settings)
    assert limit.best_auc == best_possible_auc(settings)
    assert limit.best_auc == pytest.approx(roc_auc_score(churned[:200], hazard[:200]))
    assert limit.aucs["logistic"] == pytest.approx(
        roc_auc_score(churned[:200], said[:200])
    )
    assert limit.row_count == 200


def test_a_real_shop_has_no_truth_and_that_is_said(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="no truth"):
        identity_scores(settings)


def test_truth_without_marts_says_what_to_run(settings: Settings, truth: Write) -> None:
    truth("identifiers", frame(TRUTH, ("p1", "user_id", "u1", False)))
    duckdb.connect(str(settings.warehouse_path)).close()
    with pytest.raises(Misconfigured, match="dbt build"):
        identity_scores(settings)
