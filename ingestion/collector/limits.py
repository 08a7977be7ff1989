"""How much the collector takes at once, and where ``headwater.yml`` says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cdp.errors import Misconfigured

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The keys of ``collector`` in ``headwater.yml`` that are whole numbers.

    Attributes:
        request_bytes: Of a body, as sent and unzipped; a larger one is refused.
        batch_events: Events of one body; more are refused.
        event_bytes: Of an event as it is written; a larger one goes to quarantine.
        event_depth: Objects and lists within each other in an event; a deeper one goes
            to quarantine.
        waiting_bytes: What may wait for the disk; beyond it requests are told to wait.
        free_bytes: What the disk must have left for each worker to take events.
        dedup_hours: How long a message id is remembered at the door; 0 for not at all.
        dedup_ids: How many are remembered at most by each worker, of 32 bytes each.
        workers: Processes that take events.
    """

    request_bytes: int = 4 * _MEBIBYTE
    batch_events: int = 10_000
    event_bytes: int = _MEBIBYTE // 2
    event_depth: int = 64
    waiting_bytes: int = 64 * _MEBIBYTE
    free_bytes: int = 256 * _MEBIBYTE
    dedup_hours: int = 24
    dedup_ids: int = 4_000_000
    workers: int = 1


_MAY_BE_ZERO = frozenset({"dedup_hours", "free_bytes"})


def limits_of(section: Mapping[str, Any]) -> Limits:
    """Return the limits that a workspace sets.

    Args:
        section: ``collector`` of ``headwater.yml``.

    Raises:
        Misconfigured: One is no whole number above zero.
    """
    given = {}
    for field in fields(Limits):
        if field.name not in section:
            continue
        text = str(section[field.name])
        least = 0 if field.name in _MAY_BE_ZERO else 1
        if not text.isdecimal() or int(text) < least:
            raise Misconfigured(
                f"expected a whole number of at least {least}",
                place=f"headwater.yml: collector.{field.name}",
                fix=f"The usual one is {field.default}",
            )
        given[field.name] = int(text)
    return Limits(**given)


def rates_of(sources: Mapping[str, Any], share: int = 1) -> dict[str, float]:
    """Return the events a second that each source may send, where it is limited.

    Args:
        sources: Sections of ``sources`` in ``headwater.yml`` by their names.
        share: Workers among which the rate is divided.

    Raises:
        Misconfigured: One is no number above zero.
    """
    rates = {}
    for name, source in sources.items():
        if "events_per_second" not in source:
            continue
        try:
            rate = float(source["events_per_second"])
        except (TypeError, ValueError):
            rate = 0.0
        if not 0 < rate < float("inf"):
            raise Misconfigured(
                "expected a number above zero",
                place=f"headwater.yml: sources.{name}.events_per_second",
                fix="Leave it out where the source may send as much as it likes",
            )
        rates[name] = rate / share
    return rates
