from __future__ import annotations

import random
from itertools import pairwise

import pytest

from ml.attribution.markov import make_chain, removal_effects
from ml.attribution.paths import Path, summed

# The example of Anderl et al.: three journeys, one of them converts.
TEXTBOOK = summed([("c1 > c2 > c3", 1, 0), ("c1", 0, 1), ("c2 > c3", 0, 1)])


def test_the_textbook_example_gives_its_published_removal_effects() -> None:
    chain = make_chain(TEXTBOOK)
    assert chain.conversion_probability() == pytest.approx(1 / 3)
    assert removal_effects(TEXTBOOK) == pytest.approx({"c1": 0.5, "c2": 1.0, "c3": 1.0})


def test_a_chain_converts_as_often_as_its_paths_do() -> None:
    paths = random_paths(random.Random(3))
    converted = sum(path.conversions for path in paths)
    whole = sum(path.count for path in paths)
    for order in (1, 2, 3):
        probability = make_chain(paths, order).conversion_probability()
        assert probability == pytest.approx(converted / whole)


def test_removal_agrees_with_walking_the_chain_step_by_step() -> None:
    paths = random_paths(random.Random(5))
    chain = make_chain(paths, 2)
    for channel, effect in removal_effects(paths, 2).items():
        share, arrived = {(): 1.0}, 0.0
        for _ in range(400):
            moved: dict[tuple[str, ...], float] = {}
            for number, state in enumerate(chain.states):
                weight = share.get(state, 0.0)
                arrived += weight * chain.ends[number]
                for target, after in enumerate(chain.states):
                    if after and after[-1] == channel:
                        continue
                    moved[after] = (
                        moved.get(after, 0.0) + weight * chain.moves[number][target]
                    )
            share = moved
        assert effect == pytest.approx(
            1 - arrived / chain.conversion_probability(), abs=1e-9
        )


def test_order_two_knows_what_order_one_forgets() -> None:
    paths = summed([("a > c", 10, 0), ("b > c", 0, 10)])
    assert removal_effects(paths, 1)["b"] == pytest.approx(0.5)
    assert removal_effects(paths, 2)["b"] == pytest.approx(0.0)


def test_nothing_is_learned_where_nothing_converted() -> None:
    assert removal_effects(summed([("a > b", 0, 7)])) == {}
    assert removal_effects(()) == {}


def test_repeats_of_a_channel_are_one_state_and_no_loop() -> None:
    paths = summed([("a > a > b > a", 2, 1), ("a > b > a", 1, 0)])
    assert paths == (Path(("a", "b", "a"), 3, 1),)
    assert all(one != other for one, other in pairwise(paths[0].channels))


def random_paths(chance: random.Random) -> tuple[Path, ...]:
    return summed(
        (
            " > ".join(chance.choices("abcde", k=chance.randrange(1, 6))),
            chance.randrange(3),
            chance.randrange(1, 9),
        )
        for _ in range(60)
    )
