"""A preview as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestration.preview.destinations import SyncChange
from orchestration.preview.preview import Preview
from orchestration.preview.rows import RowDifference

_MOST = 8


def preview_lines(preview: Preview) -> Iterator[str]:
    """Yield a preview: models, columns, rows, tools."""
    if preview.is_nothing:
        yield f"Nothing changes: the models are those of {preview.base}."
        return
    yield f"Compared with {preview.base}, in {preview.seconds:.0f} s"
    yield ""
    yield "Models"
    width = max((len(one.model) for one in preview.verdicts), default=0)
    for one in preview.verdicts:
        yield f"  {one.model:<{width}}  {one.change:<8}  {one.category}"
        yield from (
            f"      {line}" for line in one.text.splitlines()[2:] if line.strip()
        )
    for model, why in preview.failed.items():
        yield f"  {model} could not be built: {why}"
    yield from _columns(preview)
    yield ""
    yield "Rows"
    yield from (line for one in preview.rows for line in _rows(one))
    if not preview.rows:
        yield "  none to compare"
    yield ""
    yield "What tools would get"
    yield from (line for one in preview.syncs for line in sync_lines(one))
    if not preview.syncs:
        yield "  the same as without the change"


def _columns(preview: Preview) -> Iterator[str]:
    yield ""
    yield "Columns"
    for model, names in preview.columns.items():
        yield f"  {model}: {_called(preview, model, names)}"
    for table, names in preview.reached.items():
        if table not in preview.columns:
            more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            yield f"  reaches {table}: {_called(preview, table, names[:_MOST])}{more}"
    if preview.fields:
        yield f"  reaches {', '.join(preview.fields)}"
    if preview.records:
        yield f"  helps to choose the records of {', '.join(preview.records)}"


def _called(preview: Preview, table: str, columns: Iterable[str]) -> str:
    return ", ".join(preview.called(table, each) for each in columns)


def _rows(one: RowDifference) -> Iterator[str]:
    if one.is_same:
        yield f"  {one.model}: the same {one.after:,} rows"
        return
    note = f" ({one.note})" if one.note else ""
    yield (
        f"  {one.model}: {one.before:,} → {one.after:,} rows; {one.added:,} added,"
        f" {one.removed:,} removed, {one.changed:,} changed{note}"
    )
    for column, count in one.new.items():
        yield f"      {column} (new): {count:,} rows have a value"
    for column, count in one.gone.items():
        yield f"      {column} (gone): {count:,} rows had a value"
    for column, count in sorted(one.by_column.items(), key=lambda each: -each[1]):
        yield f"      {column}: {count:,} rows"
    for sample in one.samples:
        told = ", ".join(
            f"{name} {before} → {after}"
            for name, (before, after) in sample.values.items()
        )
        yield f"      {sample.key}: {told}"


def sync_lines(one: SyncChange) -> Iterator[str]:
    """Yield what one sync would send."""
    told = one.note or counts_told(one)
    yield f"  {one.sync} ({one.destination}): {told}"
    for name in one.mapped:
        yield f"      {name}: newly mapped"
    for name in one.unmapped:
        yield f"      {name}: mapped no more; nothing fills it from now on"
    for name, count in sorted(one.fields.items(), key=lambda each: -each[1])[:_MOST]:
        yield f"      {name}: {count:,} records"
    for key, told in one.samples:
        yield f"      {key}: {told}"
    for breach in one.breaches:
        yield f"      STOPS: {breach}"


def counts_told(one: SyncChange) -> str:
    """Return creates, updates and deletes, with what would be sent anyway."""
    told = []
    for action in ("create", "update", "delete"):
        merged, anyway = one.merged.get(action, 0), one.anyway.get(action, 0)
        if merged or anyway:
            also = f" ({anyway:,} anyway)" if anyway != merged else ""
            told.append(f"{merged:,} {action}{also}")
    if not told:
        return "nothing to send"
    if one.others:
        told.append(f"{one.others:,} of them with other contents")
    also = ", the same as without the change" if one.is_same else ""
    return ", ".join(told) + also
