"""Features as they were, joined with what happened next.

A row is a customer at a snapshot. Its features know only what came before the snapshot;
its label tells what happened between the snapshot and the end of its horizon.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from cdp.warehouse import open_warehouse

FEATURES = "marts.churn_features"
LABELS = "marts.churn_labels"
KEYS = ("customer_id", "snapshot_at")
_QUERY = """
    select
        features.* replace (cast(features.snapshot_at as timestamp) as snapshot_at),
        cast(labels.horizon_ends_at as timestamp) as _horizon_ends_at,
        coalesce(labels.is_churned, false) as _is_churned,
        coalesce(labels.label_known and labels.is_churned is not null, false)
            as _label_known
    from {features} as features
    left join {labels} as labels
        on
            features.customer_id = labels.customer_id
            and features.snapshot_at = labels.snapshot_at
    order by features.snapshot_at, features.customer_id
"""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows of customers at snapshots, all columns of equal length.

    Attributes:
        customer_ids: The resolved persons.
        snapshots: Moments of the snapshots, UTC without a zone.
        horizon_ends: When the label of each row is complete, UTC without a zone.
        features: What was known before the snapshot.
        labels: What happened within the horizon; False where it is not known yet.
        is_known: Whether the label is known.
    """

    customer_ids: npt.NDArray[np.object_]
    snapshots: npt.NDArray[np.datetime64]
    horizon_ends: npt.NDArray[np.datetime64]
    features: pd.DataFrame
    labels: npt.NDArray[np.bool_]
    is_known: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.labels)

    @property
    def positive_count(self) -> int:
        """The number of rows whose label is known and true."""
        return int((self.labels & self.is_known).sum())

    def where(self, chosen: npt.NDArray[np.bool_]) -> TrainingSet:
        """Return the chosen rows."""
        return TrainingSet(
            self.customer_ids[chosen],
            self.snapshots[chosen],
            self.horizon_ends[chosen],
            self.features.loc[chosen].reset_index(drop=True),
            self.labels[chosen],
            self.is_known[chosen],
        )

    def as_numbers(self) -> TrainingSet:
        """Return the same rows with every feature as a float, missing as NaN.

        Raises:
            Rejected: A feature is no number: texts and moments have no order or scale
                that a model may take for granted.
        """
        return replace(self, features=_numbers(self.features))

    def fingerprint(self) -> str:
        """Return a hash of all rows and names: equal data, equal fingerprint."""
        digest = hashlib.sha256("\n".join(self.features.columns).encode())
        columns = pd.DataFrame(
            {
                "customer_id": self.customer_ids,
                "snapshot_at": self.snapshots,
                "horizon_ends_at": self.horizon_ends,
                "label": self.labels,
                "is_known": self.is_known,
            }
        )
        for frame in (columns, self.features):
            rows = pd.util.hash_pandas_object(frame, index=False)
            digest.update(rows.to_numpy().tobytes())
        return digest.hexdigest()


def read_training_set(
    settings: Settings, features: str = FEATURES, labels: str = LABELS
) -> TrainingSet:
    """Read features and labels in the order of snapshot and customer.

    The writing turn is held only while reading.

    Args:
        settings: The workspace.
        features: Table with one row per customer and snapshot.
        labels: Table with ``label_known``, ``is_churned``, ``horizon_ends_at``.

    Raises:
        Misconfigured: The tables have not been built.
        Unavailable: The turn did not come in time.
    """
    query = _QUERY.format(features=features, labels=labels)
    return _training_set(read_frame(settings, query, f"read {features}"))


def read_frame(settings: Settings, query: str, purpose: str) -> pd.DataFrame:
    """Return the rows of a query on the marts.

    Raises:
        Misconfigured: The warehouse or a table is missing.
        Unavailable: The turn did not come in time.
    """
    if not settings.warehouse_path.exists():
        raise not_built(settings, "there is no warehouse yet")
    with open_warehouse(settings, purpose) as connection:
        try:
            return connection.execute(query).df()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise not_built(settings, str(error).splitlines()[0]) from error


def not_built(settings: Settings, message: str) -> Misconfigured:
    """Return the error for marts that are missing."""
    return Misconfigured(
        message,
        place=str(settings.warehouse_path),
        fix="Run `cdp load` and `dbt build --selector ml` first",
    )


def _training_set(frame: pd.DataFrame) -> TrainingSet:
    own = ("_horizon_ends_at", "_is_churned", "_label_known")
    return TrainingSet(
        frame["customer_id"].to_numpy(dtype=object),
        frame["snapshot_at"].to_numpy(dtype="datetime64[us]"),
        frame["_horizon_ends_at"].to_numpy(dtype="datetime64[us]"),
        frame.drop(columns=[*KEYS, *own]),
        frame["_is_churned"].to_numpy(dtype=bool),
        frame["_label_known"].to_numpy(dtype=bool),
    )


def _numbers(features: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, npt.NDArray[np.float64]] = {}
    for name in features.columns:
        values = features[name]
        present = values.dropna()
        is_flag = present.map(lambda value: isinstance(value, (bool, np.bool_))).all()
        if not (pd.api.types.is_numeric_dtype(values) or is_flag):
            raise Rejected(
                f"feature {name} is no number ({values.dtype})",
                place=FEATURES,
                fix="Turn it into counts, amounts or flags in the model, or remove it",
            )
        floats = values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        columns[name] = np.asarray(floats)
    return pd.DataFrame(columns)
