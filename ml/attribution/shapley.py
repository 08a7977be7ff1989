"""Shapley values of channels, exact, from the conversion rates of observed paths.

Two definitions. ``ordered_shares`` is that of Fractribution (Google, 2018; as kept by
dbt-snowplow-fractribution): what a path's conversion rate loses without each of its
places in turn. ``set_shares`` is the Shapley value proper: players are the channels of
a path, a coalition is worth the conversion rate of the paths with exactly its channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial

from ml.attribution.paths import Channels, Path, without_repeats

Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Divided:
    """How the conversions of a path are divided among its channels; sums to 1."""

    path: Path
    shares: Shares


def ordered_shares(paths: Sequence[Path]) -> list[Divided]:
    """Divide each path with conversions by the places that it would miss.

    The marginal contribution of a place is the path's conversion rate less that of the
    path without it (0 where nobody took that one), and not less than 0. Where every
    contribution is 0 the last place has it all.
    """
    rates = {path.channels: path.conversions / path.count for path in paths}

    def lost(channels: Channels) -> dict[str, float]:
        sums = dict.fromkeys(channels, 0.0)
        for place, channel in enumerate(channels):
            rest = without_repeats(channels[:place] + channels[place + 1 :])
            sums[channel] += max(0.0, rates[channels] - rates.get(rest, 0.0))
        return sums if any(sums.values()) else {**sums, channels[-1]: 1.0}

    return _divided(paths, lost)


def set_shares(paths: Sequence[Path]) -> list[Divided]:
    """Divide each path with conversions by the Shapley values of its channels.

    Every coalition that is worth something was observed, so the sum over all of them
    is one over the observed ones: exact, and as fast as there are few. Negative values
    count as 0; where all do, channels share alike.
    """
    worth = _worth(paths)

    def values(channels: Channels) -> dict[str, float]:
        players = frozenset(channels)
        found = dict.fromkeys(sorted(players), 0.0)
        for coalition, rate in worth.items():
            if not coalition <= players:
                continue
            joining, leaving = _orders(len(coalition), len(players))
            for channel in found:
                found[channel] += rate * (joining if channel in coalition else -leaving)
        found = {channel: max(0.0, value) for channel, value in found.items()}
        return found if any(found.values()) else dict.fromkeys(found, 1.0)

    return _divided(paths, values)


def _worth(paths: Sequence[Path]) -> dict[frozenset[str], float]:
    conversions: dict[frozenset[str], float] = {}
    counts: dict[frozenset[str], float] = {}
    for path in paths:
        players = frozenset(path.channels)
        conversions[players] = conversions.get(players, 0.0) + path.conversions
        counts[players] = counts.get(players, 0.0) + path.count
    return {
        players: converted / counts[players]
        for players, converted in conversions.items()
        if converted
    }


def _orders(size: int, players: int) -> tuple[float, float]:
    """Return how probable it is that a player completes, or meets, a coalition.

    In a random order of all players: the share in which the coalition is complete when
    one of its players joins, and in which one outside it joins when it is complete.
    """
    whole = factorial(players)
    joining = factorial(size - 1) * factorial(players - size) / whole
    if size == players:
        return joining, 0.0
    return joining, factorial(size) * factorial(players - size - 1) / whole


def _divided(
    paths: Sequence[Path], divide: Callable[[Channels], Mapping[str, float]]
) -> list[Divided]:
    done = []
    for path in paths:
        if path.conversions:
            parts = divide(path.channels)
            total = sum(parts.values())
            shares = {channel: part / total for channel, part in parts.items()}
            done.append(Divided(path, shares))
    return done
