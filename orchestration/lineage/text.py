"""Traces and impacts as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from orchestration.lineage.impact import Impact, ReachedField
from orchestration.lineage.trace import Branch

_SQL_WIDTH = 110
_HOW = {"condition": "if ", "rows": "rows of ", "value": ""}


def tree_lines(tree: Branch, width: int | None = _SQL_WIDTH) -> Iterator[str]:
    """Yield a trace as a tree.

    Args:
        tree: The trace.
        width: Longer SQL is cut; None shows all of it.
    """
    yield tree.name + _note(tree)
    yield from _below(tree, "", width)


def _below(tree: Branch, indent: str, width: int | None) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[Branch]] = {}
    for each in tree.branches:
        groups.setdefault(each.sql, []).append(each)
    left = len(tree.branches)
    for sql, branches in groups.items():
        for number, text in enumerate(sql):
            mark = "=" if number == 0 else "  of"
            yield f"{indent}│ {mark} {_cut(text, width)}"
        for branch in branches:
            left -= 1
            corner, rail = ("├─ ", "│  ") if left else ("└─ ", "   ")
            yield f"{indent}{corner}{_HOW[branch.how]}{branch.name}{_note(branch)}"
            yield from _below(branch, indent + rail, width)


def _note(branch: Branch) -> str:
    if branch.is_origin:
        return "  ●"
    if branch.is_shown_above:
        return "  (shown above)"
    return "  (constant)" if branch.is_constant else ""


def _cut(text: str, width: int | None) -> str:
    line = " ".join(text.split())
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


def impact_lines(impact: Impact) -> Iterator[str]:
    """Yield what is made of a place: fields first, then records, then columns."""
    count = sum(len(columns) for columns in impact.columns.values())
    yield (
        f"{impact.asked} reaches {len(impact.fields):,} fields of destinations"
        f" and {count:,} columns"
    )
    yield from _reached("Fields of destinations", impact.fields)
    yield from _reached("Which records there are, or who is in", impact.records)
    if impact.columns:
        yield ""
        yield "Columns"
    for table, columns in impact.columns.items():
        yield f"  {table}: {', '.join(columns)}"
    if impact.chooses:
        yield ""
        yield f"It also helps to choose the rows of {', '.join(impact.chooses)}"


def _reached(title: str, reached: Sequence[ReachedField]) -> Iterator[str]:
    if reached:
        yield ""
        yield title
    width = max((len(each.name) for each in reached), default=0)
    for each in reached:
        yield f"  {each.name:<{width}}  {each.by}: {' > '.join(_short(each.way))}"


def _short(way: tuple[str, ...]) -> Iterable[str]:
    """Leave out what is handed on under the same name: its table is enough."""
    before = ""
    for name in way[:-1]:
        table, _, column = name.rpartition(".")
        yield table if column == before else name
        before = column
