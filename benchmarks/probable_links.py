"""What Splink finds among people without a shared identifier, beside exact keys.

    python benchmarks/probable_links.py FOLDER

FOLDER holds ``fake_1000.csv`` and ``febrl3.csv.gz``; without it nothing is measured.

Two public sets of dirty records whose truth is known: fake_1000 (splink_datasets) and
FEBRL's dataset3. Splink learns from the records alone, never from the truth, which
only counts the pairs afterwards: precision (of the pairs found, those that are one
person), recall (of the pairs that are one person, those found) and F1. Pairs are
counted as found, and once they are joined into people as identity joins them. Exact
keys say that two records are one person where an identifier is equal: the email or the
full name with the birthday in fake_1000, the social security number or that name in
FEBRL.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from ml.identity.matching import Field, Matching, find_pairs

Pairs = set[tuple[str, str]]
_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Records:
    """One set: its rows, how they are compared, and the keys of the plain way."""

    name: str
    rows: pd.DataFrame
    matching: Matching
    exact_keys: list[list[str]]


def fake_1000(folder: Path) -> Records:
    """1,000 rows of 251 people; ``cluster`` is the truth."""
    rows = pd.read_csv(folder / "fake_1000.csv", dtype=str)
    rows = rows.rename(columns={"cluster": "person"})
    return Records(
        "fake_1000",
        rows,
        Matching(
            (
                Field("first_name", "winkler", (0.9, 0.7)),
                Field("surname", "winkler", (0.9, 0.7)),
                Field("dob", "edits", (1, 2)),
                Field("city", "edits", (2,)),
                Field("email", "edits", (2, 4)),
            ),
            blocking=(("first_name",), ("surname",), ("dob",), ("email",)),
            training=(("first_name", "surname"), ("dob",)),
        ),
        [["email"], ["first_name", "surname", "dob"]],
    )


def febrl3(folder: Path) -> Records:
    """5,000 rows of 2,000 people; ``rec-12-dup-0`` is of person 12."""
    rows = pd.read_csv(folder / "febrl3.csv.gz", dtype=str, skipinitialspace=True)
    rows.columns = rows.columns.str.strip()
    rows = rows.rename(columns={"rec_id": "unique_id"})
    rows["person"] = rows["unique_id"].str.extract(r"rec-(\d+)-", expand=False)
    names = ("given_name", "surname")
    typed = ("date_of_birth", "soc_sec_id", "postcode")
    return Records(
        "febrl3",
        rows,
        Matching(
            (
                *(Field(name, "winkler", (0.9, 0.7)) for name in names),
                *(Field(name, "edits", (1, 2)) for name in typed),
                Field("address_1", "winkler", (0.9, 0.7)),
                Field("suburb", "edits", (2,)),
            ),
            blocking=(
                ("soc_sec_id",),
                ("given_name", "surname"),
                ("date_of_birth",),
                ("postcode", "surname"),
                ("postcode", "given_name"),
                ("address_1",),
            ),
            training=(("date_of_birth",), ("given_name", "surname")),
        ),
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


def joined(pairs: Pairs) -> Pairs:
    """Return every pair within what the pairs, directly or through others, make one."""
    group: dict[str, set[str]] = {}
    for left, right in sorted(pairs):
        merged = group.get(left, {left}) | group.get(right, {right})
        group.update(dict.fromkeys(merged, merged))
    groups = {id(one): one for one in group.values()}.values()
    return {pair for one in groups for pair in combinations(sorted(one), 2)}


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
    print(line("  joined into people", joined(exact), truth))
    started = time.perf_counter()
    rows = records.rows.drop(columns="person")
    pairs = find_pairs(rows, records.matching, _THRESHOLDS[0])
    for threshold in _THRESHOLDS:
        sure = pairs[pairs["match_probability"] >= threshold]
        ids = zip(sure["unique_id_l"], sure["unique_id_r"], strict=True)
        found = {(min(pair), max(pair)) for pair in ids}
        print(line(f"Splink, at least {threshold}", found, truth))
        print(line("  joined into people", joined(found), truth))
    print(f"Splink took {time.perf_counter() - started:.0f} s")


def main() -> None:
    """Judge each set in the folder that the command line names."""
    if len(sys.argv) != 2:
        print("usage: python benchmarks/probable_links.py FOLDER (of the two sets)")
        return
    for read in (fake_1000, febrl3):
        judge(read(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
