"""The shop's calendar: when it is open to chance, and how busy each month is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from sandbox.company.chance import DAY_SECONDS

# Share of a mean month; November as in two years of a real gift shop.
MONTH_FACTORS = (0.8, 0.82, 0.92, 0.88, 0.95, 0.93, 0.88, 0.88, 1.08, 1.2, 1.66, 1.0)
# Relative traffic by hour of day, UTC.
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 12, 11, 10, 10, 10, 11, 12, 13)
HOUR_WEIGHTS_EVENING = (13, 11, 8, 4)
SUBSCRIPTION_MONTHS = 8


def month_start(at: float) -> float:
    """Return the first instant of the month of ``at``, in Unix seconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()


def next_month(at: float) -> float:
    """Return the first instant of the month after that of ``at``."""
    return month_start(month_start(at) + 32 * DAY_SECONDS)


def utc(at: float) -> datetime:
    """Return Unix seconds as a UTC time."""
    return datetime.fromtimestamp(at, UTC)


def iso(at: float) -> str:
    """Write Unix seconds as ISO-8601 in UTC with milliseconds and ``Z``."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def at_some_hour(chance: Random, day: float) -> float:
    """Move a time to a likely hour of the same UTC day."""
    hours = HOUR_WEIGHTS + HOUR_WEIGHTS_EVENING
    hour = chance.choices(range(24), weights=hours)[0]
    return day - day % DAY_SECONDS + (hour + chance.random()) * 3600.0


@dataclass(frozen=True, slots=True)
class Season:
    """The simulated period and its busy-ness.

    Operational time runs as fast as the shop is busy: a second of November is worth
    1.66 operational seconds. A process that is stationary in operational time has the
    right season in calendar time, whatever its rate.

    Attributes:
        start: First instant, Unix seconds.
        end: First instant after the period, Unix seconds.
        launched_at: When the subscription programme began.
        boundaries: Month boundaries within the period.
        operational: Operational seconds elapsed at each boundary.
    """

    start: float
    end: float
    launched_at: float
    boundaries: tuple[float, ...]
    operational: tuple[float, ...]

    @property
    def operational_seconds(self) -> float:
        """Length of the whole period in operational seconds."""
        return self.operational[-1]

    def to_calendar(self, operational: float) -> float:
        """Return the Unix time at which so many operational seconds have passed."""
        place = min(
            bisect_right(self.operational, operational), len(self.operational) - 1
        )
        left, right = self.operational[place - 1], self.operational[place]
        share = (operational - left) / (right - left)
        earlier, later = self.boundaries[place - 1], self.boundaries[place]
        return earlier + share * (later - earlier)


def make_season(end: date, days: int) -> Season:
    """Return the season of the ``days`` days before 00:00 UTC of ``end``."""
    last = datetime(end.year, end.month, end.day, tzinfo=UTC)
    start = (last - timedelta(days=days)).timestamp()
    boundaries, operational = [start], [0.0]
    while boundaries[-1] < last.timestamp():
        here = boundaries[-1]
        there = min(next_month(here), last.timestamp())
        factor = MONTH_FACTORS[datetime.fromtimestamp(here, UTC).month - 1]
        boundaries.append(there)
        operational.append(operational[-1] + (there - here) * factor)
    launched_at = month_start(last.timestamp())
    for _ in range(SUBSCRIPTION_MONTHS):
        launched_at = month_start(launched_at - 1)
    return Season(
        start=start,
        end=last.timestamp(),
        launched_at=max(launched_at, start),
        boundaries=tuple(boundaries),
        operational=tuple(operational),
    )
