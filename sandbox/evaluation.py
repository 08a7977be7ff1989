"""How near the product comes to the truth, which only the sandbox knows.

Nothing of the product reads ``sandbox/truth``; here its results and the truth meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sklearn.metrics import roc_auc_score

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml.model_store import current_folder

# Identifiers grouped by who they belong to and who they were taken for: numbers of
# pairs follow from the sizes of the groups, without a row for each pair.
_IDENTITY = """
    with true_identifiers as (
        select distinct
            person_id,
            identifier_type,
            case
                when identifier_type = 'email' then lower(trim(identifier_value))
                else identifier_value
            end as identifier_value
        from read_parquet($identifiers)
        where not is_shared
    ),
    grouped as (
        select
            truth.person_id,
            found.customer_id,
            count(*) as size
        from true_identifiers as truth
        left join marts.customer_identifiers as found
            on
                truth.identifier_type = found.identifier_type
                and truth.identifier_value = found.identifier_value
        group by truth.person_id, found.customer_id
    ),
    persons as (select sum(size) as size from grouped group by person_id),
    customers as (
        select sum(size) as size from grouped
        where customer_id is not null group by customer_id
    )
    select
        (
            select coalesce(sum(size * (size - 1)) / 2, 0) from grouped
            where customer_id is not null
        ) as right_pairs,
        (select coalesce(sum(size * (size - 1)) / 2, 0) from customers) as found_pairs,
        (select coalesce(sum(size * (size - 1)) / 2, 0) from persons) as true_pairs
"""
_HAZARDS = """
    with owners as (
        select identifier_value as user_id, customer_id
        from marts.customer_identifiers
        where identifier_type = 'user_id'
    ),
    hazards as (
        select
            owners.customer_id,
            cast(cast(truth.month_start as timestamptz) as timestamp) as snapshot_at,
            max(truth.hazard) as hazard
        from read_parquet($hazards) as truth
        inner join owners on truth.user_id = owners.user_id
        group by owners.customer_id, truth.month_start
    )
    select held_out.*, hazards.hazard
    from read_parquet($held_out) as held_out
    inner join hazards
        on
            held_out.customer_id = hazards.customer_id
            and held_out.snapshot_at = hazards.snapshot_at
"""


@dataclass(frozen=True, slots=True)
class IdentityScores:
    """How well pairs of identifiers were judged to be one person's.

    Attributes:
        precision: Share of the pairs found that are true.
        recall: Share of the true pairs that were found.
        f1: Harmonic mean of both.
        pairs: Number of true pairs.
    """

    precision: float
    recall: float
    f1: float
    pairs: int


@dataclass(frozen=True, slots=True)
class ChurnLimit:
    """What churn scores could reach on the held-out months.

    Attributes:
        best_auc: AUC of the true hazard, which knows what nobody can observe.
        aucs: AUC of each model on exactly the same rows.
        row_count: Rows compared.
        churned_count: Rows among them that churned.
    """

    best_auc: float
    aucs: dict[str, float]
    row_count: int
    churned_count: int


def identity_scores(settings: Settings) -> IdentityScores:
    """Compare marts.customer_identifiers with the truth, pair by pair.

    Devices that several people share belong to nobody in particular and are left out,
    but people who are taken for one because of such a device count as an error. An
    identifier that is missing from the warehouse counts as not linked.

    Raises:
        Misconfigured: There is no truth, or the marts have not been built.
        Unavailable: The writing turn did not come in time.
    """
    file = _truth(settings, "identifiers")
    with _open(settings) as connection:
        row = connection.execute(_IDENTITY, {"identifiers": str(file)}).fetchone()
    right, found, true = (float(value) for value in row or (0, 0, 0))
    precision = right / found if found else 1.0
    recall = right / true if true else 1.0
    f1 = 2 * right / (found + true) if found + true else 1.0
    return IdentityScores(precision, recall, f1, round(true))


def best_possible_auc(settings: Settings) -> float:
    """Return the AUC of the true hazard on the held-out months; see churn_limit."""
    return churn_limit(settings).best_auc


def churn_limit(settings: Settings) -> ChurnLimit:
    """Judge the true hazard and the current churn models on the same rows.

    Raises:
        Misconfigured: There is no truth, no model has been trained, or the held-out
            rows that the truth knows do not hold both outcomes.
        Unavailable: The writing turn did not come in time.
    """
    held_out = current_folder(settings, "churn") / "held_out.parquet"
    files = {"hazards": str(_truth(settings, "hazards")), "held_out": str(held_out)}
    with _open(settings) as connection:
        rows = connection.execute(_HAZARDS, files).df()
    if rows["is_churned"].nunique() < 2:
        raise Misconfigured(
            f"the truth knows {len(rows)} held-out rows, not of both outcomes",
            place=str(held_out),
            fix="Simulate more customers or more days",
        )
    keys = ("customer_id", "snapshot_at", "is_churned", "hazard")
    models = [name for name in rows.columns if name not in keys]
    return ChurnLimit(
        float(roc_auc_score(rows["is_churned"], rows["hazard"])),
        {name: float(roc_auc_score(rows["is_churned"], rows[name])) for name in models},
        len(rows),
        int(rows["is_churned"].sum()),
    )


def _truth(settings: Settings, name: str) -> Path:
    file = settings.data_dir / "sandbox" / "truth" / f"{name}.parquet"
    if not file.is_file():
        raise Misconfigured(
            "there is no truth to compare with",
            place=str(file),
            fix="Only a simulated shop has one: run `cdp demo`",
        )
    return file


@contextmanager
def _open(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings, "compare with the truth") as connection:
        try:
            yield connection
        except duckdb.CatalogException as error:
            raise Misconfigured(
                "the marts have not been built",
                place=str(settings.warehouse_path),
                fix="Run `dbt build --selector ml` first",
            ) from error
