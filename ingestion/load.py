"""Load events and SaaS tools into the schemas ``raw_*`` of the warehouse.

``python -m ingestion.load SOURCE…`` is ``cdp load SOURCE…``. Every source has a writing
turn of its own; one that fails says so in a sentence and the others still load. What
was loaded then passes the gate (``expectations.py``) before anything is built on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from cdp.cli import main
from cdp.errors import Misconfigured, Rejected, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings, load_settings
from cdp.warehouse import writing_turn
from ingestion.configured import (
    EVENTS,
    SEVERAL,
    configured_sources,
    kind_of,
    landing_name,
    require_only_account,
)
from ingestion.load_result import LoadResult, sentence, shown

if TYPE_CHECKING:  # dlt takes half a second to import, and help needs none of it
    from ingestion.pipeline import TableLoad

ALL = "all"
Progress = Callable[[str, int, int], None]


def load(
    settings: Settings,
    sources: Sequence[str],
    *,
    progress: Progress = lambda *_: None,
    report: Callable[[LoadResult], None] = lambda _: None,
    accept_collapse: bool = False,
    again: bool = False,
) -> list[LoadResult]:
    """Load what is new in these sources and let it pass the gate.

    Loading again, also after a crash, adds nothing twice and leaves nothing out.

    Args:
        settings: The workspace.
        sources: Names; ``all`` is everything that ``headwater.yml`` configures.
        progress: Told what is being done, how much is done and how much there is.
        report: Receives each result as soon as it is there.
        accept_collapse: Take it as true that most of a table's rows have gone.
        again: Read the sources from their beginning; their rows are merged.

    Returns:
        One result per source; a failed one has its ``error``.

    Raises:
        Misconfigured: A name is no source of the workspace.
        Rejected: The gate refused a load: a critical expectation is not met. Or events
            are to be read again, which are read once.
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
    if again and EVENTS in names:
        raise Rejected(
            "events are read once, and are not read again", fix="Name other sources"
        )
    results = []
    for index, name in enumerate(names):
        progress(f"load {name}", index, len(names))
        results.append(
            load_source(
                settings,
                name,
                progress=progress,
                accept_collapse=accept_collapse,
                again=again,
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
    again: bool = False,
) -> LoadResult:
    """Load one source, without the gate; a failure is in the result."""
    started = time.monotonic()
    try:
        with writing_turn(settings, f"load {name}"):
            tables = _load_all_there_is(
                settings, name, progress, accept_collapse=accept_collapse, again=again
            )
    except Exception as error:  # noqa: BLE001 - whatever fails, the others still load
        return LoadResult(
            name, seconds=time.monotonic() - started, error=sentence(error)
        )
    return LoadResult(name, tuple(tables), time.monotonic() - started)


def _load_all_there_is(
    settings: Settings,
    name: str,
    progress: Progress,
    *,
    accept_collapse: bool,
    again: bool,
) -> list[TableLoad]:
    """Load until there is nothing left: large sources come in parts, each kept."""
    from ingestion.pipeline import run_source, summed  # noqa: PLC0415
    from ingestion.sources.deletions import notice_deletes  # noqa: PLC0415

    kind, landing = kind_of(settings, name), landing_name(settings, name)
    require_only_account(settings, name)
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
            again=again and not loads,
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


@click.command(name="load")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--accept-collapse",
    is_flag=True,
    help="Take it as true that most rows of a table have gone.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Read the sources from their beginning; no row comes twice.",
)
def command(sources: tuple[str, ...], *, accept_collapse: bool, again: bool) -> None:
    """Load what is new: `events`, a SaaS tool by its key in headwater.yml, or `all`.

    Without a SOURCE everything is loaded. Loading goes on where the last load ended;
    the data lands in the schemas raw_* of the warehouse and must pass the expectations
    in ingestion/expectation_suites, or this ends with exit code 1 and says why.
    """
    settings = load_settings()
    failed = []

    def report(result: LoadResult) -> None:
        click.echo(shown(result))
        if result.error is not None:
            failed.append(result.source)

    load(
        settings,
        sources or (ALL,),
        report=report,
        accept_collapse=accept_collapse,
        again=again,
    )
    if failed:
        raise Unavailable(
            f"not loaded: {', '.join(failed)}",
            fix="See the lines above; what is loaded stays, and the next load goes on",
        )


if __name__ == "__main__":
    main(command)
