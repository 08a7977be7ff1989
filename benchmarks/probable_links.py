"""What Splink finds among people without a shared identifier, beside exact keys.

    python benchmarks/probable_links.py FOLDER

FOLDER holds ``fake_1000.csv`` and ``febrl3.csv.gz``; without it nothing is measured.

Two public sets of dirty records whose truth is known: fake_1000 (splink_datasets) and
FEBRL's dataset3. Splink learns from the records alone, never from the truth, which
only counts the pairs afterwards: precision (of the pairs found, those that are one
person), recall (of the pairs that are one person, those found) and F1. Pairs are
compared as found, without joining them into groups. Exact keys say that two records
are one person where an identifier is equal: the email or the full name with the
birthday in fake_1000, the social security number or that name in FEBRL.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

Pairs = set[tuple[str, str]]
_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Records:
    """One set: its rows, how they are compared, and the keys of the plain way."""

    name: str
    rows: pd.DataFrame
    comparisons: list[Any]
    blocking: list[tuple[str, ...]]
    training: list[tuple[str, ...]]
    exact_keys: list[list[str]]


def fake_1000(folder: Path) -> Records:
    """1,000 rows of 251 people; ``cluster`` is the truth."""
    rows = pd.read_csv(folder / "fake_1000.csv", dtype=str)
    rows = rows.rename(columns={"cluster": "person"})
    return Records(
        "fake_1000",
        rows,
        [
            cl.JaroWinklerAtThresholds("first_name", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]),
            cl.LevenshteinAtThresholds("dob", [1, 2]),
            cl.LevenshteinAtThresholds("city", 2),
            cl.LevenshteinAtThresholds("email", [2, 4]),
        ],
        [("first_name",), ("surname",), ("dob",), ("email",)],
        [("first_name", "surname"), ("dob",)],
        [["email"], ["first_name", "surname", "dob"]],
    )


def febrl3(folder: Path) -> Records:
    """5,000 rows of 2,000 people; ``rec-12-dup-0`` is of person 12."""
    rows = pd.read_csv(folder / "febrl3.csv.gz", dtype=str, skipinitialspace=True)
    rows.columns = rows.columns.str.strip()
    rows = rows.rename(columns={"rec_id": "unique_id"})
    rows["person"] = rows["unique_id"].str.extract(r"rec-(\d+)-", expand=False)
    names = [("given_name", [0.9, 0.7]), ("surname", [0.9, 0.7])]
    typed = ["date_of_birth", "soc_sec_id", "postcode"]
    return Records(
        "febrl3",
        rows,
        [cl.JaroWinklerAtThresholds(name, levels) for name, levels in names]
        + [cl.LevenshteinAtThresholds(name, [1, 2]) for name in typed]
        + [cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7])]
        + [cl.LevenshteinAtThresholds("suburb", 2)],
        [
            ("soc_sec_id",),
            ("given_name", "surname"),
            ("date_of_birth",),
            ("postcode", "surname"),
            ("postcode", "given_name"),
            ("address_1",),
        ],
        [("date_of_birth",), ("given_name", "surname")],
        [["soc_sec_id"], ["given_name", "surname", "date_of_birth"]],
    )


def equal_pairs(rows: pd.DataFrame, columns: list[str]) -> Pairs:
    """Pairs of records whose columns are all given and equal."""
    given = rows.dropna(subset=columns)
    return {
        pair
        for _, ids in given.groupby(columns)["unique_id"]
        for pair in combinations(sorted(ids), 2)
    }


def predicted(records: Records) -> pd.DataFrame:
    """Every pair that Splink compared, with its probability of being one person."""
    linker = Linker(
        DuckDBAPI().register(records.rows.drop(columns="person")),
        SettingsCreator(
            link_type="dedupe_only",
            comparisons=records.comparisons,
            blocking_rules_to_generate_predictions=[
                block_on(*columns) for columns in records.blocking
            ],
        ),
        log_level=logging.ERROR,
    )
    first = [block_on(*columns) for columns in records.training]
    learning = linker.training
    learning.estimate_probability_two_random_records_match(first, recall=0.7)
    learning.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    for rule in first:
        learning.estimate_parameters_using_expectation_maximisation(rule)
    compared = linker.inference.predict(threshold_match_probability=_THRESHOLDS[0])
    return compared.as_pandas_dataframe()


def line(what: str, found: Pairs, truth: Pairs) -> str:
    """Counts and shares of one way of finding pairs."""
    right = len(found & truth)
    precision, recall = right / max(len(found), 1), right / len(truth)
    score = 2 * right / (len(found) + len(truth))
    return f"{what:<24}{len(found):>8,}{precision:>11.4f}{recall:>9.4f}{score:>9.4f}"


def judge(records: Records) -> None:
    """Print both ways beside the truth."""
    truth = equal_pairs(records.rows, ["person"])
    print(f"\n{records.name}: {len(records.rows):,} records, {len(truth):,} true pairs")
    print(f"{'':<24}{'pairs':>8}{'precision':>11}{'recall':>9}{'F1':>9}")
    exact = set().union(*(equal_pairs(records.rows, key) for key in records.exact_keys))
    print(line("exact keys", exact, truth))
    started = time.perf_counter()
    pairs = predicted(records)
    for threshold in _THRESHOLDS:
        sure = pairs[pairs["match_probability"] >= threshold]
        ids = zip(sure["unique_id_l"], sure["unique_id_r"], strict=True)
        found = {(min(pair), max(pair)) for pair in ids}
        print(line(f"Splink, at least {threshold}", found, truth))
    print(f"Splink took {time.perf_counter() - started:.0f} s")


def main() -> None:
    """Judge each set in the folder that the command line names."""
    if len(sys.argv) != 2:
        print("usage: python benchmarks/probable_links.py FOLDER (of the two sets)")
        return
    warnings.simplefilter("ignore")
    for read in (fake_1000, febrl3):
        judge(read(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
