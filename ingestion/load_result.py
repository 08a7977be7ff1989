"""What loading one source did, and how a person is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp.errors import CdpError, Unavailable

if TYPE_CHECKING:  # dlt takes half a second to import, and help needs none of it
    from ingestion.pipeline import TableLoad

_SENTENCE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What loading one source did.

    Attributes:
        source: ``events``, or the source's key in ``headwater.yml``.
        tables: What each table received.
        seconds: How long it took, reading included.
        error: Why it failed, as one sentence; None where it did not.
    """

    source: str
    tables: tuple[TableLoad, ...] = ()
    seconds: float = 0.0
    error: str | None = None

    @property
    def rows(self) -> int:
        """Rows that were loaded."""
        return sum(table.rows for table in self.tables)

    def raise_if_failed(self) -> None:
        """Raise Unavailable where the source was not loaded."""
        if self.error is not None:
            raise Unavailable(self.error, place=self.source)

    @property
    def summary(self) -> str:
        """The result as one line for a person."""
        if self.error is not None:
            return f"{self.source}: failed: {self.error}"
        return f"{self.source}: {self.rows:,} rows"


def raise_for_failed(results: Iterable[LoadResult]) -> None:
    """Raise Unavailable that names every source which was not loaded."""
    failed = [one for one in results if one.error is not None]
    if len(failed) > 1:
        raise Unavailable("; ".join(f"{one.source}: {one.error}" for one in failed))
    for one in failed:
        one.raise_if_failed()


def sentence(error: BaseException) -> str:
    """Return why a load failed; the reason is often wrapped several times."""
    reasons = [error]
    while (inner := reasons[-1].__cause__ or reasons[-1].__context__) is not None:
        reasons.append(inner)
    for reason in reasons:
        if isinstance(reason, CdpError):
            return str(reason)
    deepest = reasons[-1]
    first_line = (str(deepest).strip().splitlines() or [""])[0]
    return f"{type(deepest).__name__}: {first_line}"[:_SENTENCE_LENGTH]


def shown(result: LoadResult) -> str:
    """Return a result with its tables, a line each."""
    if result.error is not None:
        return f"✗ {result.source:<34} {result.error}"
    lines = [f"✓ {result.source:<34} {result.rows:>10,} rows {result.seconds:>8.1f} s"]
    lines += [
        f"    {table.table:<32} {table.rows:>10,} rows {table.seconds:>8.1f} s to write"
        for table in result.tables
    ]
    return "\n".join(lines)
