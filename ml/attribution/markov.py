"""Removal effects in a Markov chain of channels, exact by linear algebra.

After Anderl, Becker, von Wangenheim and Schumann (2016), Mapping the customer journey:
a chain starts, moves from channel to channel and is absorbed in a conversion or in
none. The removal effect of a channel is the share of conversions that are lost when
whoever comes to it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.attribution.paths import Channels, Path, all_channels

_START: Channels = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """An absorbing Markov chain.

    Attributes:
        states: What is remembered in each: the last channels. The first is the start.
        moves: Probability of going from a state to another one.
        ends: Probability of a conversion being next.
    """

    states: tuple[Channels, ...]
    moves: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]

    def conversion_probability(self, without: str | None = None) -> float:
        """Return the probability that a journey from the start ends in a conversion.

        With the fundamental matrix N = (I - Q)^-1 the absorption probabilities are
        N r; here (I - Q) x = r is solved, which is the same with less rounding.

        Args:
            without: A channel that leads nowhere; all that come to it are lost.
        """
        kept = np.array([not state or state[-1] != without for state in self.states])
        moves = self.moves[np.ix_(kept, kept)]
        absorbed = np.linalg.solve(np.eye(len(moves)) - moves, self.ends[kept])
        return float(absorbed[0])


def make_chain(paths: Sequence[Path], order: int = 1) -> Chain:
    """Count the moves of all paths.

    Args:
        paths: At least one; each ends in a conversion or in none.
        order: How many channels back a state remembers.
    """
    numbers: dict[Channels, int] = {_START: 0}
    for path in paths:
        for state in _states(path, order):
            numbers.setdefault(state, len(numbers))
    moved = np.zeros((len(numbers), len(numbers)))
    ended, left = np.zeros(len(numbers)), np.zeros(len(numbers))
    for path in paths:
        before = 0
        for state in _states(path, order):
            moved[before, numbers[state]] += path.count
            before = numbers[state]
        ended[before] += path.conversions
        left[before] += path.others
    totals = moved.sum(axis=1) + ended + left
    return Chain(tuple(numbers), moved / totals[:, None], ended / totals)


def removal_effects(paths: Sequence[Path], order: int = 1) -> dict[str, float]:
    """Return for each channel the share of conversions that is lost without it.

    Returns:
        From 0 (nothing is lost) to 1 (everything is); empty where nothing converted.
    """
    if not any(path.conversions for path in paths):
        return {}
    chain = make_chain([path for path in paths if path.count], order)
    whole = chain.conversion_probability()
    return {
        channel: max(0.0, 1 - chain.conversion_probability(channel) / whole)
        for channel in all_channels(paths)
    }


def _states(path: Path, order: int) -> Iterator[Channels]:
    state = _START
    for channel in path.channels:
        state = (*state, channel)[-order:]
        yield state
