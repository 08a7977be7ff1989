"""Paths of channels, with how often each led to a conversion and how often to none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse

SEPARATOR = " > "
Channels = tuple[str, ...]
_SUMMARY = """
    select
        conversion_type,
        channel_path,
        count(*) filter (where is_converted) as conversion_count,
        count(*) filter (where not is_converted) as other_count
    from marts.attribution_paths
    where touch_count > 0
    group by conversion_type, channel_path
    order by conversion_type, channel_path
"""


@dataclass(frozen=True, slots=True)
class Path:
    """A sequence of channels that some customers came through.

    Attributes:
        channels: The channels in order; neighbours differ.
        conversions: How often a conversion followed.
        others: How often none did.
    """

    channels: Channels
    conversions: float
    others: float

    @property
    def count(self) -> float:
        """How often it was taken."""
        return self.conversions + self.others

    @property
    def text(self) -> str:
        """The path as it stands in attribution_paths."""
        return SEPARATOR.join(self.channels)


def without_repeats(channels: Iterable[str]) -> Channels:
    """Return channels with each run of one channel as one."""
    kept: list[str] = []
    for channel in channels:
        if not kept or kept[-1] != channel:
            kept.append(channel)
    return tuple(kept)


def summed(rows: Iterable[tuple[str, float, float]]) -> tuple[Path, ...]:
    """Return one path for each sequence without repeats.

    Args:
        rows: The path as text, conversions and non-conversions.
    """
    counts: dict[Channels, tuple[float, float]] = {}
    for text, conversions, others in rows:
        channels = without_repeats(text.split(SEPARATOR))
        before = counts.get(channels, (0.0, 0.0))
        counts[channels] = (before[0] + conversions, before[1] + others)
    return tuple(Path(channels, *both) for channels, both in counts.items())


def all_channels(paths: Sequence[Path]) -> Channels:
    """Return every channel that occurs, in the order of the alphabet."""
    return tuple(sorted({channel for path in paths for channel in path.channels}))


def read_paths(settings: Settings) -> Mapping[str, tuple[Path, ...]]:
    """Read the paths of each type of conversion.

    The writing turn is held only while reading.

    Raises:
        Misconfigured: The marts have not been built.
        Unavailable: The turn did not come in time.
    """
    if not settings.warehouse_path.exists():
        raise _not_built(settings, "there is no warehouse yet")
    with open_warehouse(settings, "read marts.attribution_paths") as connection:
        try:
            rows = connection.execute(_SUMMARY).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise _not_built(settings, str(error).splitlines()[0]) from error
    by_type: dict[str, list[tuple[str, float, float]]] = {}
    for conversion_type, *row in rows:
        by_type.setdefault(conversion_type, []).append((row[0], row[1], row[2]))
    return {name: summed(summaries) for name, summaries in by_type.items()}


def _not_built(settings: Settings, message: str) -> Misconfigured:
    return Misconfigured(
        message,
        place=str(settings.warehouse_path),
        fix="Run `cdp load` and `dbt build --selector growth` first",
    )
