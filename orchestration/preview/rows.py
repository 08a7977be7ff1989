"""Rows of a model with the change, beside production's."""

from __future__ import annotations

from typing import Any

import duckdb
import msgspec

from cdp.quoting import quoted
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.personal import is_personal, masked
from orchestration.lineage.place import Place
from orchestration.lineage.project import Table
from orchestration.lineage.trace import Tracer
from orchestration.preview.build import PRODUCTION

_SAMPLES = 3


class Sample(msgspec.Struct, frozen=True):
    """One row that is different.

    Attributes:
        key: Which row.
        values: By column, before and after.
    """

    key: str
    values: dict[str, tuple[str, str]]


class RowDifference(msgspec.Struct, frozen=True):
    """What is different in a model's rows.

    Attributes:
        model: Which model.
        before: Rows in production.
        after: Rows with the change.
        added: Keys that are new.
        removed: Keys that are gone.
        changed: Keys whose values differ.
        by_column: Rows whose value differs, by column.
        new: Columns that are new, with how many rows have a value.
        gone: Columns that are gone, with how many rows had a value.
        samples: A few rows that differ.
        note: Why it is not all known.
    """

    model: str
    before: int
    after: int
    added: int = 0
    removed: int = 0
    changed: int = 0
    by_column: dict[str, int] = {}
    new: dict[str, int] = {}
    gone: dict[str, int] = {}
    samples: tuple[Sample, ...] = ()
    note: str = ""

    @property
    def is_same(self) -> bool:
        """Whether no row and no column is different."""
        differs = self.added or self.removed or self.changed or self.note
        return not (differs or self.new or self.gone)


class RowComparer:
    """Compares tables of a preview with production's.

    Args:
        connection: The preview, with production attached.
        lineage: Of the change, for what names a person.
        is_open: Personal values are shown as they are.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        lineage: Lineage,
        *,
        is_open: bool = False,
    ) -> None:
        self._connection = connection
        self._tracer = Tracer(lineage)
        self._is_open = is_open

    def compare(self, table: Table) -> RowDifference | None:
        """Return what is different; None where one of the two is not there."""
        old, new = self._columns(table, PRODUCTION), self._columns(table, "")
        if not old or not new:
            return None
        before, after = self._count(table, PRODUCTION), self._count(table, "")
        both = [name for name in new if name in old]
        if not table.key or not set(table.key) <= set(both):
            found = self._as_sets(table, both, before, after)
        else:
            counts, by_column = self._by_key(table, both)
            found = RowDifference(
                table.name,
                before,
                after,
                added=counts[0],
                removed=counts[1],
                changed=counts[2],
                by_column={name: count for name, count in by_column.items() if count},
                samples=tuple(self._samples(table, by_column)) if counts[2] else (),
            )
        return msgspec.structs.replace(
            found,
            new=self._filled(table, "", [name for name in new if name not in old]),
            gone=self._filled(
                table, PRODUCTION, [name for name in old if name not in new]
            ),
        )

    def _filled(self, table: Table, catalog: str, columns: list[str]) -> dict[str, int]:
        """Return how many rows have a value, by column."""
        if not columns:
            return {}
        counted = ", ".join(f"count({quoted(name)})" for name in columns)
        row = self._connection.execute(
            f"select {counted} from {_relation(table, catalog)}"  # noqa: S608 - names are quoted
        ).fetchone()
        return dict(zip(columns, map(int, row or ()), strict=True))

    def _columns(self, table: Table, catalog: str) -> list[str]:
        found = self._connection.execute(
            "select column_name from information_schema.columns where table_schema = ?"
            " and table_name = ? and table_catalog = coalesce(nullif(?, ''),"
            " current_database()) order by ordinal_position",
            [table.schema, table.alias, catalog],
        ).fetchall()
        return [str(name) for (name,) in found]

    def _count(self, table: Table, catalog: str) -> int:
        relation = _relation(table, catalog)
        row = self._connection.execute(f"select count(*) from {relation}").fetchone()  # noqa: S608
        return int(row[0]) if row else 0

    def _as_sets(
        self, table: Table, both: list[str], before: int, after: int
    ) -> RowDifference:
        """Compare whole rows: nothing says which two are the same."""
        names = ", ".join(map(quoted, both))
        new, old = _relation(table, ""), _relation(table, PRODUCTION)
        counts = []
        for one, other in ((new, old), (old, new)):
            row = self._connection.execute(
                f"select count(*) from (select {names} from {one} except all"  # noqa: S608
                f" select {names} from {other})"
            ).fetchone()
            counts.append(int(row[0]) if row else 0)
        note = "" if counts == [0, 0] else "no key: whole rows are compared"
        return RowDifference(
            table.name, before, after, added=counts[0], removed=counts[1], note=note
        )

    def _by_key(
        self, table: Table, both: list[str]
    ) -> tuple[tuple[int, int, int], dict[str, int]]:
        compared = [name for name in both if name not in table.key]
        differs = [f"new.{quoted(name)} is distinct from old.{quoted(name)}"
                   for name in compared]  # fmt: skip
        first = quoted(table.key[0])
        is_both = f"new.{first} is not null and old.{first} is not null"
        counted = "".join(
            f", count(*) filter ({is_both} and {each})" for each in differs
        )
        row = self._connection.execute(
            f"select count(*) filter (old.{first} is null),"  # noqa: S608
            f" count(*) filter (new.{first} is null),"
            f" count(*) filter ({is_both} and ({' or '.join(differs) or 'false'}))"
            f"{counted} from {_joined(table)}"
        ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one row
        by_column = dict(zip(compared, map(int, row[3:]), strict=True))
        return (int(row[0]), int(row[1]), int(row[2])), by_column

    def _samples(self, table: Table, by_column: dict[str, int]) -> list[Sample]:
        names = [name for name, count in by_column.items() if count]
        keys = [f"new.{quoted(name)}" for name in table.key]
        values = [f"{side}.{quoted(name)}" for name in names for side in ("old", "new")]
        differs = [f"new.{quoted(name)} is distinct from old.{quoted(name)}"
                   for name in names]  # fmt: skip
        first = quoted(table.key[0])
        found = self._connection.execute(
            f"select {', '.join([*keys, *values])} from {_joined(table)}"  # noqa: S608
            f" where new.{first} is not null and old.{first} is not null"
            f" and ({' or '.join(differs)}) order by all limit {_SAMPLES}"
        ).fetchall()
        hidden = {name for name in (*names, *table.key) if self._hides(table, name)}
        return [
            Sample(
                ", ".join(
                    str(masked(value) if name in hidden else value)
                    for name, value in zip(table.key, row, strict=False)
                ),
                {
                    name: _pair(row[len(keys) + 2 * at :][:2], name in hidden)
                    for at, name in enumerate(names)
                    if row[len(keys) + 2 * at] != row[len(keys) + 2 * at + 1]
                },
            )
            for row in found
        ]

    def _hides(self, table: Table, column: str) -> bool:
        if self._is_open:
            return False
        return is_personal(Place(table.name, column), self._tracer)


def _pair(values: tuple[Any, ...], is_hidden: bool) -> tuple[str, str]:
    before, after = (masked(each) if is_hidden else each for each in values)
    return _text(before), _text(after)


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)[:80]


def _relation(table: Table, catalog: str) -> str:
    prefix = f"{quoted(catalog)}." if catalog else ""
    return f"{prefix}{quoted(table.schema)}.{quoted(table.alias)}"


def _joined(table: Table) -> str:
    on = " and ".join(f"new.{quoted(name)} = old.{quoted(name)}" for name in table.key)
    new, old = _relation(table, ""), _relation(table, PRODUCTION)
    return f"{new} as new full join {old} as old on {on}"
