"""Chance that depends on nothing but its key.

Every stream is seeded by the run's seed, a person and a subject. So a person's life is
the same whoever is simulated before, after or not at all, and a run can be split over
machines by ranges of persons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar
from uuid import UUID

Choice = TypeVar("Choice")
DAY_SECONDS = 86_400.0


def stream(*key: object) -> Random:
    """Return the stream of chance that belongs to ``key``."""
    return Random("|".join(str(part) for part in key))


def token(length: int, *key: object) -> str:
    """Return ``length`` (at most 64) hexadecimal digits that belong to ``key``."""
    text = "|".join(str(part) for part in key).encode()
    return blake2b(text, digest_size=(length + 1) // 2).hexdigest()[:length]


def uuid_of(*key: object) -> str:
    """Return a version-4 shaped UUID that belongs to ``key``."""
    text = "|".join(str(part) for part in key).encode()
    return str(UUID(bytes=blake2b(text, digest_size=16).digest(), version=4))


def lognormal(chance: Random, median: float, spread: float) -> float:
    """Draw from the lognormal with this median and this sd of the logarithm."""
    return median * math.exp(spread * chance.gauss(0.0, 1.0))


def poisson_times(
    chance: Random, events_per_day: float, start: float, end: float
) -> Iterator[float]:
    """Yield the times of a Poisson process, in Unix seconds, in order."""
    if events_per_day <= 0:
        return
    at = start + chance.expovariate(events_per_day) * DAY_SECONDS
    while at < end:
        yield at
        at += chance.expovariate(events_per_day) * DAY_SECONDS


def poisson_count(chance: Random, mean: float) -> int:
    """Draw a Poisson count by Knuth's product; meant for means below 30."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def pick(chance: Random, weighted: Sequence[tuple[Choice, float]]) -> Choice:
    """Draw one of a few weighted choices; the weights must sum to one."""
    draw = chance.random()
    for choice, weight in weighted:
        draw -= weight
        if draw < 0:
            return choice
    return weighted[-1][0]
