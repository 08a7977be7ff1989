"""Load events and SaaS tools into the schemas ``raw_*`` of the warehouse.

``python -m ingestion.load SOURCE…`` is ``cdp load SOURCE…``. Every source has a writing
turn of its own; one that fails says so in a sentence and the others still load. What
was loaded then passes the gate (``expectations.py``) before anything is built on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from cdp.cli import main
from cdp.errors import CdpError, Misconfigured, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings, load_settings
from cdp.warehouse import writing_turn
from ingestion.configured import (
    EVENTS,
    SEVERAL,
    configured_sources,
    kind_of,
    landing_name,
)

if TYPE_CHECKING:  # dlt takes half a second to import, and help needs none of it
    from ingestion.pipeline import TableLoad

ALL = "all"
Progress = Callable[[str, int, int], None]
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


def load(
    settings: Settings,
    sources: Sequence[str],
    *,
    progress: Progress = lambda *_: None,
    report: Callable[[LoadResult], None] = lambda _: None,
    accept_collapse: bool = False,
) -> list[LoadResult]:
    """Load what is new in these sources and let it pass the gate.

    Loading again, also after a crash, adds nothing twice and leaves nothing out.

    Args:
        settings: The workspace.
        sources: Names; ``all`` is everything that ``headwater.yml`` configures.
        progress: Told what is being done, how much is done and how much there is.
        report: Receives each result as soon as it is there.
        accept_collapse: Take it as true that most of a table's rows have gone.

    Returns:
        One result per source; a failed one has its ``error``.

    Raises:
        Misconfigured: A name is no source of the workspace.
        Rejected: The gate refused a load: a critical expectation is not met.
    """
    from ingestion.expectations import check_loads  # noqa: PLC0415 - as above

    known = configured_sources(settings)
    names = known if ALL in sources else list(dict.fromkeys(sources))
    for name in names:
        if name not in known:
            raise Misconfigured(
                f"{name!r} is no source",
                place=f"{WORKSPACE_FILE}: sources",
                fix=f"Use one of {', '.join([*known, ALL])}",
            )
    results = []
    for index, name in enumerate(names):
        progress(f"load {name}", index, len(names))
        results.append(
            load_source(
                settings, name, progress=progress, accept_collapse=accept_collapse
            )
        )
        report(results[-1])
    loaded = [result.source for result in results if result.error is None]
    check_loads(
        settings, [landing_name(settings, name) for name in loaded], progress=progress
    )
    return results


def load_source(
    settings: Settings,
    name: str,
    *,
    progress: Progress = lambda *_: None,
    accept_collapse: bool = False,
) -> LoadResult:
    """Load one source, without the gate; a failure is in the result."""
    started = time.monotonic()
    try:
        with writing_turn(settings, f"load {name}"):
            tables = _load_all_there_is(
                settings, name, progress, accept_collapse=accept_collapse
            )
    except Exception as error:  # noqa: BLE001 - whatever fails, the others still load
        return LoadResult(
            name, seconds=time.monotonic() - started, error=_sentence(error)
        )
    return LoadResult(name, tuple(tables), time.monotonic() - started)


def _load_all_there_is(
    settings: Settings, name: str, progress: Progress, *, accept_collapse: bool
) -> list[TableLoad]:
    """Load until there is nothing left: large sources come in parts, each kept."""
    from ingestion.pipeline import run_source, summed  # noqa: PLC0415
    from ingestion.sources.deletions import notice_deletes  # noqa: PLC0415

    kind, landing = kind_of(settings, name), landing_name(settings, name)
    module = f"ingestion.sources.{kind}"
    if find_spec(module) is None:
        raise Misconfigured(f"there is no kind of source named {kind!r}", place=module)
    source: Any = import_module(module)
    options: dict[str, Any] = {"progress": progress} if kind == EVENTS else {}
    if kind in SEVERAL:
        options["name"] = name
    if kind == "files":
        options["accept_collapse"] = accept_collapse
    loads: list[TableLoad] = []
    while True:
        found = run_source(
            settings,
            landing,
            source.source(settings, **options),
            accept_collapse=accept_collapse,
        )
        loads += found
        if not found or not _may_have_more(settings, kind, found):
            break
    loads += notice_deletes(settings, name, source, accept_collapse=accept_collapse)
    return summed(loads)


def _may_have_more(settings: Settings, kind: str, found: Sequence[TableLoad]) -> bool:
    if kind == EVENTS:
        from ingestion.sources import events  # noqa: PLC0415

        return events.is_larger_than_one_load(settings)
    if kind == "files":
        return True
    from ingestion.sources.tables import ROWS_PER_LOAD  # noqa: PLC0415

    return any(table.rows >= ROWS_PER_LOAD for table in found)


def _sentence(error: BaseException) -> str:
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


def _shown(result: LoadResult) -> str:
    if result.error is not None:
        return f"✗ {result.source:<34} {result.error}"
    lines = [f"✓ {result.source:<34} {result.rows:>10,} rows {result.seconds:>8.1f} s"]
    lines += [
        f"    {table.table:<32} {table.rows:>10,} rows {table.seconds:>8.1f} s to write"
        for table in result.tables
    ]
    return "\n".join(lines)


@click.command(name="load")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--accept-collapse",
    is_flag=True,
    help="Take it as true that most rows of a table have gone.",
)
def command(sources: tuple[str, ...], *, accept_collapse: bool) -> None:
    """Load what is new: `events`, a SaaS tool by its key in headwater.yml, or `all`.

    Without a SOURCE everything is loaded. Loading goes on where the last load ended;
    the data lands in the schemas raw_* of the warehouse and must pass the expectations
    in ingestion/expectation_suites, or this ends with exit code 1 and says why.
    """
    settings = load_settings()
    failed = []

    def report(result: LoadResult) -> None:
        click.echo(_shown(result))
        if result.error is not None:
            failed.append(result.source)

    load(settings, sources or (ALL,), report=report, accept_collapse=accept_collapse)
    if failed:
        raise Unavailable(
            f"not loaded: {', '.join(failed)}",
            fix="See the lines above; what is loaded stays, and the next load goes on",
        )


if __name__ == "__main__":
    main(command)
