from __future__ import annotations

import duckdb
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from activation.syncs.known import at_places, moved_and_vanished, versions_of
from activation.syncs.sieve import sieve


def mixed(number: int) -> int:
    """Return a number as evenly spread as a hash (splitmix64's finaliser)."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB % 2**64
    return number ^ (number >> 31)


WORDS = st.integers(0, 200).map(mixed)


@given(st.lists(WORDS), st.lists(WORDS, unique=True))
@example([], [])
@example([7, 7, 7], [7])
@example([0, 0], [])
@example([0], [2**44])
@example([2**64 - 1], [2**63])
def test_every_row_that_is_new_and_every_version_that_is_gone_is_found(
    rows: list[int], known: list[int]
) -> None:
    half = len(rows) // 2
    pieces = np.array(rows[:half], np.uint64), np.array(rows[half:], np.uint64)
    moved, vanished = moved_and_vanished(
        versions_of(*pieces), versions_of(np.array(known, np.uint64))
    )
    new = [place for place, row in enumerate(rows) if row not in set(known)]
    assert moved.tolist() == new
    gone = [place for place, version in enumerate(known) if version not in set(rows)]
    assert vanished.tolist() == gone


def test_a_few_changes_among_very_many_are_found() -> None:
    random = np.random.default_rng(7)
    known = random.integers(0, 2**64, 1_500_000, np.uint64)
    rows = random.permutation(known)
    rows[::1000] += np.uint64(1)
    moved, vanished = moved_and_vanished(
        versions_of(*np.split(rows, 3)), versions_of(known)
    )
    assert moved.tolist() == list(range(0, len(rows), 1000))
    gone = at_places(tuple(np.split(known, 5)), vanished)
    assert set(gone.tolist()) == set((rows[::1000] - np.uint64(1)).tolist())


def test_a_sieve_lets_all_wanted_rows_through_and_few_others() -> None:
    wanted = np.array([0, 5, 524_286, 524_287, 999_999])
    with duckdb.connect() as connection:
        connection.execute("create table numbers as from range(1_000_000) t(number)")
        condition = sieve(connection, "places", "number", wanted)
        found = connection.execute(
            f"select number from numbers where {condition}"  # noqa: S608
        ).fetchall()
    assert set(wanted.tolist()) <= {number for (number,) in found}
    assert len(found) < 20
