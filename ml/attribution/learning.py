"""Weights of channels, learned and written for dbt to give credit by."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml import predictions
from ml.attribution.markov import removal_effects
from ml.attribution.paths import Path, read_paths
from ml.attribution.shapley import Divided, ordered_shares, set_shares

TABLE = "attribution_weights"
ANY_PATH = "*"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a channel counts on a path, next to the path's other channels."""

    attribution_model: str
    conversion_type: str
    channel_path: str
    channel: str
    weight: float


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes:
        row_count: Weights written.
        conversion_types: The types of conversion that there were paths for.
        path_count: Distinct paths that they were learned from.
        model_version: The version that the rows carry.
    """

    row_count: int
    conversion_types: tuple[str, ...]
    path_count: int
    model_version: str

    @property
    def summary(self) -> str:
        """One line for a person."""
        if not self.row_count:
            return "attribution: nothing to learn from: no conversion has a touch yet"
        return (
            f"attribution: {self.row_count:,} weights from {self.path_count:,} paths"
            f" to {', '.join(self.conversion_types)}"
        )


def learn(settings: Settings, markov_order: int = 1) -> Learned:
    """Learn from ``attribution_paths`` and replace ``attribution_weights``.

    Markov removal effects hold for a channel on any path (``*``); Shapley values for a
    channel on a path, and their mean for paths that are yet to come.

    Args:
        settings: The workspace.
        markov_order: How many channels back the Markov chain remembers.

    Raises:
        Misconfigured: The marts have not been built.
        Unavailable: The writing turn did not come in time.
    """
    paths = read_paths(settings)
    weights = list(learned_weights(paths, markov_order))
    version = _version(paths, markov_order)
    frame = pd.DataFrame(weights, columns=list(Weight.__slots__)).assign(
        model_version=version, scored_at=datetime.now(UTC).replace(tzinfo=None)
    )
    with open_warehouse(settings, "write attribution weights") as connection:
        predictions.create_tables(connection)
        with predictions.transaction(connection):
            predictions.replace_rows(connection, TABLE, frame)
    known = tuple(dict.fromkeys(weight.conversion_type for weight in weights))
    done = Learned(len(weights), known, sum(map(len, paths.values())), version)
    _log.info("%s", done.summary)
    return done


def learned_weights(
    paths: Mapping[str, Sequence[Path]], markov_order: int = 1
) -> Iterator[Weight]:
    """Yield the weights of every model for every type of conversion."""
    for conversion_type, taken in paths.items():
        effects = removal_effects(taken, markov_order)
        for channel, effect in effects.items():
            yield Weight("markov", conversion_type, ANY_PATH, channel, effect)
        models = {"shapley": set_shares, "shapley_ordered": ordered_shares}
        for name, divide in models.items():
            for path, channel, share in _of_paths(divide(taken)):
                yield Weight(name, conversion_type, path, channel, share)


def _of_paths(divided: Sequence[Divided]) -> Iterator[tuple[str, str, float]]:
    """Yield shares by path and channel, then their mean by channel."""
    earned: dict[str, float] = {}
    possible: dict[str, float] = {}
    for one in divided:
        for channel, share in one.shares.items():
            yield one.path.text, channel, share
            conversions = one.path.conversions
            earned[channel] = earned.get(channel, 0.0) + share * conversions
            possible[channel] = possible.get(channel, 0.0) + conversions
    for channel in sorted(earned):
        yield ANY_PATH, channel, earned[channel] / possible[channel]


def _version(paths: Mapping[str, Sequence[Path]], markov_order: int) -> str:
    digest = hashlib.sha256(repr((markov_order, sorted(paths.items()))).encode())
    return f"attribution-{digest.hexdigest()[:12]}"
