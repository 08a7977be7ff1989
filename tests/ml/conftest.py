from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from cdp.settings import Settings
from cdp.warehouse import open_warehouse

Frames = dict[str, pd.DataFrame]
Fill = Callable[[Frames], None]
AS_OF = pd.Timestamp("2026-11-23 11:00:00")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "var", {"stage": "ml"}, {})


@pytest.fixture(scope="session")
def write_marts() -> Callable[[Settings, Frames], None]:
    """Give a function that writes frames as tables of schema marts."""

    def write(settings: Settings, frames: Frames) -> None:
        with open_warehouse(settings, "fill the marts") as connection:
            connection.execute("create schema if not exists marts")
            for name, rows in frames.items():
                connection.register("new_rows", rows)
                connection.execute(
                    f"create or replace table marts.{name} as"  # noqa: S608 - ours
                    " select * from new_rows"
                )
                connection.unregister("new_rows")

    return write


@pytest.fixture
def fill(settings: Settings, write_marts: Callable[[Settings, Frames], None]) -> Fill:
    """Give the same function for the test's own workspace."""
    return partial(write_marts, settings)


@pytest.fixture
def rows_of(settings: Settings) -> Callable[[str], list[tuple[object, ...]]]:
    """Give a function that returns the rows of a query."""

    def read(query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            return connection.execute(query).fetchall()

    return read


@pytest.fixture(scope="session")
def subscriptions() -> Callable[..., Frames]:
    """Give a function that makes features and labels whose hazard is known."""
    return make_subscriptions


def snapshots(months: int) -> Iterator[tuple[pd.Timestamp, pd.Timestamp, bool]]:
    """Yield snapshot, end of its horizon, whether the outcome is known at AS_OF."""
    first = AS_OF.to_period("M") - months
    for number in range(months + 1):
        month = first + number
        yield month.start_time, (month + 1).start_time, number < months
    yield AS_OF, AS_OF + pd.Timedelta(days=30), False


def make_subscriptions(
    *, customers: int = 400, months: int = 9, seed: int = 5, churn: float = 0.06
) -> Frames:
    chance = np.random.default_rng(seed)
    features, labels = [], []
    active = np.ones(customers, dtype=bool)
    names = np.array([f"c_{number:05d}" for number in range(customers)])
    for snapshot, ends, is_known in snapshots(months):
        size = int(active.sum())
        purchases = chance.poisson(3, size)
        tickets = chance.poisson(0.4, size)
        bad = chance.binomial(tickets, 0.5)
        idle = chance.exponential(30, size)
        noise = chance.normal(size=size)
        logit = (
            np.log(churn / (1 - churn))
            - 0.9
            + 1.2 * (purchases < 3)
            + 1.4 * bad
            + 0.8 * (idle > 45)
        )
        hazard = 1 / (1 + np.exp(-logit))
        churned = chance.random(size) < hazard
        keys = {"customer_id": names[active], "snapshot_at": snapshot}
        features.append(
            pd.DataFrame(
                {
                    **keys,
                    "purchase_count": purchases,
                    "support_ticket_count": tickets,
                    "bad_satisfaction_count_last_90_days": bad,
                    "days_since_last_visit": np.where(idle > 120, np.nan, idle),
                    "age_years": np.where(noise > 1.5, np.nan, 40 + 10 * noise),
                    "is_wholesale": chance.random(size) < 0.2,
                }
            )
        )
        labels.append(
            pd.DataFrame(
                {
                    **keys,
                    "is_churned": pd.array(
                        churned if is_known else [None] * size, dtype="boolean"
                    ),
                    "label_known": is_known,
                    "horizon_ends_at": ends,
                    "true_hazard": hazard,
                }
            )
        )
        if is_known:
            active[np.flatnonzero(active)[churned]] = False
            active |= chance.random(customers) < 0.3  # others subscribe
    return {
        "churn_features": pd.concat(features, ignore_index=True),
        "churn_labels": pd.concat(labels, ignore_index=True),
    }
