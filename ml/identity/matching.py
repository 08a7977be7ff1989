"""Pairs of records that are likely one person's, by Splink (Fellegi and Sunter).

Splink learns from the records alone how much an equal or a similar value says; see
Linacre et al., *Splink: Free software for probabilistic record linkage at scale*,
International Journal of Population Data Science 7(3), 2022.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd

FLOOR = 0.5
"""The least probability of a pair that is kept: less likely one person than two."""
_PAIRS_TO_LEARN_FROM = 1_000_000
# of the pairs that a training rule finds, so many are all the pairs there are: Splink's
# own estimate of the first chance needs a guess, which the learning then corrects
_RECALL_OF_TRAINING = 0.7
# Splink refuses a share that shrinks to nothing, as that of what no match shows: fewer
# rounds of learning stop before
_ROUNDS = (25, 12, 6, 3)


@dataclass(frozen=True, slots=True)
class Field:
    """How one column is compared.

    Attributes:
        name: The column.
        likeness: ``winkler`` (names: Jaro-Winkler), ``edits`` (numbers and codes:
            Levenshtein) or ``equal``.
        levels: Likenesses or edits down to which two values count as similar.
        by_frequency: Whether an equal rare value says more than an equal common one.
    """

    name: str
    likeness: str
    levels: tuple[float, ...] = ()
    by_frequency: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """What is compared, which pairs at all, and from which Splink learns.

    Attributes:
        fields: How columns are compared.
        blocking: Columns of which one group has to be equal for a pair to be looked at.
        training: Groups of columns whose equal pairs Splink learns from, in turn; each
            learns nothing about its own columns, so there are at least two.
    """

    fields: tuple[Field, ...]
    blocking: tuple[tuple[str, ...], ...]
    training: tuple[tuple[str, ...], ...]


def find_pairs(
    rows: pd.DataFrame, matching: Matching, floor: float = FLOOR
) -> pd.DataFrame:
    """Return every pair that is at least so likely one person's.

    Args:
        rows: ``unique_id`` and the columns of ``matching``, as text; None where a
            value is not known.
        matching: What is compared and how.
        floor: The least probability.

    Returns:
        One row per pair: ``unique_id_l``, ``unique_id_r``, ``match_probability``,
        ``match_weight`` (bits) and for each column ``gamma_<column>``: 0 where the
        values differ, -1 where one is missing, otherwise they agree.
    """
    for rounds in _ROUNDS[:-1]:
        with suppress(ValueError):
            return _found(rows, matching, floor, rounds)
    return _found(rows, matching, floor, _ROUNDS[-1])


def _found(
    rows: pd.DataFrame, matching: Matching, floor: float, rounds: int
) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Splink's and DuckDB's own
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

        blocking: list[Any] = [block_on(*columns) for columns in matching.blocking]
        linker = Linker(
            DuckDBAPI().register(rows),
            SettingsCreator(
                link_type="dedupe_only",
                comparisons=_comparisons(matching.fields),
                max_iterations=rounds,
                blocking_rules_to_generate_predictions=blocking,
                retain_intermediate_calculation_columns=False,
            ),
            log_level=logging.ERROR,
        )
        _learn(linker, [block_on(*columns) for columns in matching.training])
        found: Any = linker.inference.predict(threshold_match_probability=floor)
        return pd.DataFrame(found.as_pandas_dataframe())


def _learn(linker: Any, rules: Sequence[object]) -> None:
    learning = linker.training
    try:
        learning.estimate_probability_two_random_records_match(
            rules, recall=_RECALL_OF_TRAINING
        )
    except ValueError:  # among few records the rules may find nearly every pair
        learning.estimate_probability_two_random_records_match(rules, recall=1.0)
    learning.estimate_u_using_random_sampling(max_pairs=_PAIRS_TO_LEARN_FROM, seed=1)
    for rule in rules:
        learning.estimate_parameters_using_expectation_maximisation(rule)


def _comparisons(fields: Sequence[Field]) -> list[Any]:
    import splink.comparison_library as library  # noqa: PLC0415

    comparisons: list[Any] = []
    for field in fields:
        one: Any
        if field.likeness == "winkler":
            one = library.JaroWinklerAtThresholds(field.name, list(field.levels))
        elif field.likeness == "edits":
            edits = [int(level) for level in field.levels]
            one = library.LevenshteinAtThresholds(field.name, edits)
        else:
            one = library.ExactMatch(field.name)
        if field.by_frequency:
            one = one.configure(term_frequency_adjustments=True)
        comparisons.append(one)
    return comparisons
