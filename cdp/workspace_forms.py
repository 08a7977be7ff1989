"""Forms that texts of ``headwater.yml`` have: addresses, days, spans of time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_any(_text: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Form:
    """What a text looks like.

    Attributes:
        name: What a text of another form is none of.
        pattern: All of it, as a regular expression that editors know as well.
        example: What to write.
        is_meant: What a pattern cannot say.
    """

    name: str
    pattern: str
    example: str
    is_meant: Callable[[str], bool] = _is_any

    def fits(self, text: str) -> bool:
        """Whether a text has this form."""
        return bool(re.fullmatch(self.pattern, text)) and self.is_meant(text)


SPAN_PATTERN = r"(\d+)\s*([smhd])"
"""A whole number and its unit."""
SPAN = Form("span of time", rf"\s*{SPAN_PATTERN}\s*", "10m, 1h or 7d")
SPAN_OR_NEVER = Form(
    "span of time", rf"never|\s*{SPAN_PATTERN}\s*", "12h, 1d, 7d or never"
)
DAY = Form("day", r"\d{4}-?\d{2}-?\d{2}", "2026-01-31", _is_day)
ADDRESS = Form(
    "address",
    r"[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]\S*",
    "https://HOST or http://HOST:PORT",
)
ADDRESS_TEMPLATE = Form(
    "address",
    r"([Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]|\s*\{).*",
    "https://HOST/{{ userId }}",
)
REDIS_ADDRESS = Form(
    "address of Redis",
    r"(rediss?|unix)://\S+",
    "redis://USER:PASSWORD@HOST:PORT/DATABASE",
)
