"""Tables for people: aligned columns for a terminal, pipes for a pull request."""

from __future__ import annotations

import re
from collections.abc import Sequence

Row = Sequence[object]
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHORT = 60


def text_table(headings: Sequence[str], rows: Sequence[Row]) -> str:
    """Return aligned columns; numbers stand at the right.

    Args:
        headings: One a column.
        rows: Their values in that order; what would move the cursor is a space.
    """
    cells = [list(map(_shown, line)) for line in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [
        bool(rows) and all(isinstance(row[at], int) for row in rows)
        for at in range(len(headings))
    ]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in cells
    )


def markdown_table(headings: Sequence[str], rows: Sequence[Row]) -> str:
    """Return the same as a table of Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        f"| {' | '.join(_shown(cell).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )


def short(text: str) -> str:
    """Return a name that somebody sent, cut where no name that is meant is so long."""
    printable = _shown(text)
    return printable if len(printable) <= _SHORT else f"{printable[: _SHORT - 1]}…"


def _shown(cell: object) -> str:
    return _UNPRINTABLE.sub(" ", str(cell))
