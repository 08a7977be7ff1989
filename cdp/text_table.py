"""Tables for people: aligned columns for a terminal, pipes for a pull request."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[object]


def text_table(headings: Sequence[str], rows: Sequence[Row]) -> str:
    """Return aligned columns; numbers stand at the right.

    Args:
        headings: One a column.
        rows: Their values in that order.
    """
    cells = [list(map(str, headings)), *(list(map(str, row)) for row in rows)]
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
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )
