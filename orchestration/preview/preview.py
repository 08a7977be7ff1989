"""What a change of the project would do, from the models to the tools."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import msgspec

from activation.exposures import Sync, load_syncs
from cdp.errors import Rejected
from cdp.settings import Settings
from orchestration.lineage.build_moment import moment_of_build
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.place import ROWS, Place
from orchestration.lineage.revision import (
    Revision,
    is_unchanged,
    revision_at,
    revision_now,
)
from orchestration.preview.build import Built, build_changes
from orchestration.preview.columns import changed_columns, new_and_gone, reached_columns
from orchestration.preview.destinations import DestinationPlans, SyncChange
from orchestration.preview.rows import RowComparer, RowDifference
from orchestration.preview.verdicts import Verdict, verdicts_of

_COMPARED = ("table", "incremental", "seed")
Say = Callable[[str], None]


class Preview(msgspec.Struct, frozen=True):
    """All that a change would do.

    Attributes:
        base: What it is compared with.
        verdicts: SQLMesh's verdicts on models, parents first.
        columns: Columns of changed models that are new, gone or made in another way;
            ``*`` where rows are chosen in another way.
        reached: Columns that the change can reach, by table.
        new: Columns that are new, by table.
        gone: Columns that are gone, by table.
        fields: Fields of destinations that it can reach.
        records: Objects of destinations of which it can choose other records, such as
            who is in an audience.
        rows: Differences of rows, by model.
        syncs: What tools would get.
        failed: Models that could not be built, and why.
        as_of: The moment that "the last N days" count back from.
        seconds: How long it took.
    """

    base: str
    verdicts: tuple[Verdict, ...] = ()
    columns: dict[str, tuple[str, ...]] = {}
    reached: dict[str, tuple[str, ...]] = {}
    new: dict[str, tuple[str, ...]] = {}
    gone: dict[str, tuple[str, ...]] = {}
    fields: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    rows: tuple[RowDifference, ...] = ()
    syncs: tuple[SyncChange, ...] = ()
    failed: dict[str, str] = {}
    as_of: str = ""
    seconds: float = 0

    @property
    def is_nothing(self) -> bool:
        """Whether the change changes nothing."""
        return not self.verdicts and not self.syncs

    def called(self, table: str, column: str) -> str:
        """Return how a column is called, with whether it is new or gone."""
        if column == ROWS:
            return "which rows there are"
        if column in self.new.get(table, ()):
            return f"{column} (new)"
        return f"{column} (gone)" if column in self.gone.get(table, ()) else column


@dataclass(frozen=True, slots=True)
class Choice:
    """What a preview is asked for.

    Attributes:
        base: A git revision or a manifest of dbt; empty for where the branch left main.
        is_open: Personal values are shown as they are.
    """

    base: str = ""
    is_open: bool = False


def make_preview(settings: Settings, choice: Choice, say: Say) -> Preview:
    """Return what the project as it stands would change in production.

    Args:
        settings: The workspace; production has been built and published.
        choice: What to compare with.
        say: Told what is being done.

    Raises:
        Rejected: There is nothing to compare with, or dbt cannot read the project.
        Misconfigured: Nothing has been loaded yet.
    """
    started = time.monotonic()
    if is_unchanged(settings, choice.base):
        return Preview(choice.base or "main")
    say("Reading the models, before and now")
    before, now = revision_at(settings, choice.base), revision_now(settings)
    if before is None:
        raise Rejected(
            "there is no main to compare with",
            place=str(settings.project_dir),
            fix="Name a revision: cdp preview --base REVISION",
        )
    say("Planning the change (SQLMesh)")
    preview = _planned(before, now)
    preview = _with_rows(settings, choice, (before, now), preview, say)
    seconds = round(time.monotonic() - started, 1)
    return msgspec.structs.replace(preview, seconds=seconds)


def _planned(before: Revision, now: Revision) -> Preview:
    """Return what the compiled models say by themselves: models and columns."""
    old, new = before.lineage, now.lineage
    verdicts = verdicts_of(old.project, new.project, {**old.columns, **new.columns})
    columns = {
        one.model: made
        for one in verdicts
        if one.change in ("changed", "new")
        and (made := changed_columns(old, new, one.model))
    }
    found = reached_columns(new, _places(columns))
    added, gone = new_and_gone(old, new)
    reached = dict(found.columns)
    for table, names in gone.items():  # nothing leads to what is not there any more
        reached[table] = (*reached.get(table, ()), *names)
    return Preview(
        before.name,
        tuple(verdicts),
        columns,
        reached,
        new=added,
        gone=gone,
        fields=found.fields,
        records=found.records,
    )


def _places(columns: dict[str, tuple[str, ...]]) -> Iterable[Place]:
    return [Place(model, name) for model, names in columns.items() for name in names]


def _with_rows(
    settings: Settings,
    choice: Choice,
    revisions: tuple[Revision, Revision],
    preview: Preview,
    say: Say,
) -> Preview:
    before, now = revisions
    names = [
        one.model
        for one in preview.verdicts
        if one.change != "removed" and one.model in now.lineage.project.tables
    ]
    syncs = _syncs(settings, before), _syncs(settings, now)
    if not names and syncs[0] == syncs[1]:
        return preview
    as_of = moment_of_build(settings)
    say(f"Building {len(names)} models beside production (dbt)")
    built = build_changes(settings, before.manifest, names, as_of)
    say("Comparing rows, and planning what tools would get")
    with built.open() as connection:
        comparer = RowComparer(connection, now.lineage, is_open=choice.is_open)
        rows = _compared(comparer, now.lineage, names, built)
        plans = DestinationPlans(connection, settings, is_open=choice.is_open)
        changes = plans.changes(*syncs)
    return msgspec.structs.replace(
        preview, rows=rows, syncs=tuple(changes), failed=built.failed, as_of=as_of
    )


def _compared(
    comparer: RowComparer, lineage: Lineage, names: Iterable[str], built: Built
) -> tuple[RowDifference, ...]:
    tables = [lineage.project.tables[name] for name in names]
    found = [
        comparer.compare(table)
        for table in tables
        if table.materialized in _COMPARED and table.name not in built.failed
    ]
    return tuple(one for one in found if one is not None)


def _syncs(settings: Settings, revision: Revision) -> list[Sync]:
    folder = str(revision.manifest.parent)
    environment = {**settings.environment, "DBT_TARGET_PATH": folder}
    return load_syncs(replace(settings, environment=environment))
