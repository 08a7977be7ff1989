"""Spans of time as they stand in ``headwater.yml``: 30s, 10m, 1h, 7d."""

from __future__ import annotations

import re
from datetime import timedelta

from cdp.errors import Misconfigured
from cdp.workspace_forms import SPAN_PATTERN

_SPAN = re.compile(SPAN_PATTERN)
ALMOST = 0.95
"""The share of a span that has to be over: a run of 3:00 each day, which takes a little
longer or shorter each time, must not be too early every other day."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(text: object, place: str) -> timedelta:
    """Return a span of time.

    Args:
        text: A whole number and its unit: s, m, h or d.
        place: Where it stands, for the error.

    Raises:
        Misconfigured: It is none.
    """
    found = _SPAN.fullmatch(str(text).strip())
    if found is None:
        raise Misconfigured(
            f"{text!r} is no span of time", place=place, fix="Write it as 10m, 1h or 7d"
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
