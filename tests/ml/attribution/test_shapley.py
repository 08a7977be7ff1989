from __future__ import annotations

import random
from itertools import permutations

import pytest

from ml.attribution.paths import Path, summed
from ml.attribution.shapley import ordered_shares, set_shares

TWO = summed([("a", 3, 25), ("b", 1, 26), ("b > a", 1, 1)])


def test_two_channels_share_by_what_the_path_would_miss() -> None:
    shares = {one.path.text: one.shares for one in ordered_shares(TWO)}
    without_a, without_b = 1 / 2 - 1 / 27, 1 / 2 - 3 / 28
    assert shares["b > a"]["a"] == pytest.approx(without_a / (without_a + without_b))
    assert shares["a"] == {"a": 1.0}


def test_set_shares_are_the_mean_over_all_orders_of_joining() -> None:
    chance = random.Random(8)
    paths = summed(
        (
            " > ".join(chance.choices("abcd", k=chance.randrange(1, 6))),
            chance.randrange(4),
            chance.randrange(1, 5),
        )
        for _ in range(40)
    )
    for one in set_shares(paths):
        expected = mean_over_orders(paths, frozenset(one.path.channels))
        assert dict(one.shares) == pytest.approx(expected)


def test_a_channel_that_adds_nothing_gets_nothing() -> None:
    paths = summed([("a", 5, 5), ("b", 0, 9), ("a > b", 5, 5)])
    shares = {one.path.text: one.shares for one in set_shares(paths)}
    assert shares["a > b"] == pytest.approx({"a": 1.0, "b": 0.0})


@pytest.mark.parametrize("divide", [ordered_shares, set_shares])
def test_shares_of_every_path_add_up_to_one(divide: type) -> None:
    harmful = summed([("a", 9, 1), ("b", 9, 1), ("a > b", 1, 9), ("c", 0, 4)])
    divided = divide(harmful)
    assert [one.path.text for one in divided] == ["a", "b", "a > b"]
    for one in divided:
        assert sum(one.shares.values()) == pytest.approx(1)
        assert min(one.shares.values()) >= 0


def mean_over_orders(
    paths: tuple[Path, ...], players: frozenset[str]
) -> dict[str, float]:
    """Shapley's definition, word by word."""

    def worth(coalition: frozenset[str]) -> float:
        met = [path for path in paths if frozenset(path.channels) == coalition]
        count = sum(path.count for path in met)
        return sum(path.conversions for path in met) / count if count else 0.0

    values = dict.fromkeys(players, 0.0)
    for order in permutations(sorted(players)):
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            values[player] += worth(before | {player}) - worth(before)
    floored = {name: max(0.0, value) for name, value in values.items()}
    total = sum(floored.values())
    if not total:
        return {name: 1 / len(players) for name in players}
    return {name: value / total for name, value in floored.items()}
