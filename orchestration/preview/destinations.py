"""What tools would get if a change were merged, beside what they would get anyway."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from activation.difference import make_plan, mapping_fingerprint
from activation.exposures import Sync, quoted
from activation.ledger import prepare_ledger
from activation.plan import Plan
from activation.syncs.bodies import changes_between
from cdp.errors import CdpError
from cdp.settings import Settings
from orchestration.lineage.personal import masked
from orchestration.preview.build import PRODUCTION

_SAMPLES = 3
_LEDGER = ("sync_state", "sync_runs", "sync_objects", "sync_left")


class SyncChange(msgspec.Struct, frozen=True):
    """What a sync would send.

    Attributes:
        sync: Its name.
        destination: Where to.
        anyway: Records to create, update and delete without the change.
        merged: The same with it.
        fields: Records whose field would change, by field.
        mapped: Fields that are newly mapped.
        unmapped: Fields that are mapped no more: nothing fills them from then on.
        samples: A few of them: the key, and what changes.
        breaches: Which of its guards would stop it.
        note: Why it is not known.
    """

    sync: str
    destination: str
    anyway: dict[str, int] = {}
    merged: dict[str, int] = {}
    fields: dict[str, int] = {}
    mapped: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    samples: tuple[tuple[str, str], ...] = ()
    breaches: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_same(self) -> bool:
        """Whether the tool would get the same without the change."""
        is_mapped = self.mapped or self.unmapped
        return self.anyway == self.merged and not is_mapped and not self.note


class DestinationPlans:
    """Plans syncs on the tables of a preview; nothing is sent.

    Args:
        connection: The preview, with production attached.
        settings: The workspace.
        is_open: Values are shown as they are.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        settings: Settings,
        *,
        is_open: bool = False,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._is_open = is_open
        connection.execute("drop schema if exists ledger cascade")  # views, for models
        prepare_ledger(connection)
        for name in _LEDGER:
            with contextlib.suppress(duckdb.CatalogException):  # nothing was sent yet
                connection.execute(
                    f"insert into ledger.{name} by name"  # noqa: S608 - our own names
                    f" select * from {PRODUCTION}.ledger.{name}"
                )
        prepare_ledger(connection)  # what an earlier version wrote lacks columns

    def changes(
        self, before: Sequence[Sync], after: Sequence[Sync]
    ) -> list[SyncChange]:
        """Return what each sync would send with the change, and without it."""
        old = {sync.name: sync for sync in before}
        found = []
        for sync in after:
            was = old.get(sync.name)
            if was is None or self._is_built(sync) or _differ(was, sync):
                found.append(_with_mapping(self._change(was, sync), was, sync))
        now = {sync.name for sync in after}
        found += [
            SyncChange(sync.name, sync.meta.destination, note="the sync was removed")
            for sync in before
            if sync.name not in now
        ]
        return found

    def _is_built(self, sync: Sync) -> bool:
        if sync.query:
            return True
        return self._exists(sync.schema, sync.table)

    def _exists(self, schema: str, table: str) -> bool:
        row = self._connection.execute(
            "select count(*) from information_schema.tables"
            " where table_catalog = current_database() and table_schema = ?"
            " and table_name = ?",
            [schema, table],
        ).fetchone()
        return bool(row and row[0])

    def _change(self, before: Sync | None, after: Sync) -> SyncChange:
        destination = after.meta.destination
        with tempfile.TemporaryDirectory(prefix="headwater-preview-") as name:
            try:
                anyway = {}
                if before is not None:
                    with self._on_production(before) as there:
                        anyway = _counts(self._plan(there, Path(name) / "anyway"))
                with self._on_preview(after):
                    merged = self._plan(after, Path(name) / "merged")
                    fields, samples = self._fields(merged)
                    return SyncChange(
                        after.name,
                        destination,
                        anyway,
                        _counts(merged),
                        fields,
                        samples=samples,
                        breaches=merged.breaches,
                    )
            except (CdpError, duckdb.Error) as error:
                said = str(error).split("\n", 1)[0]
                return SyncChange(after.name, destination, note=said)

    def _plan(self, sync: Sync, file: Path) -> Plan:
        return make_plan(
            self._connection, sync, file.with_suffix(".parquet"), self._settings
        )

    @contextlib.contextmanager
    def _on_production(self, sync: Sync) -> Any:
        """Read a sync's model from production: as a view of another schema."""
        if sync.query or not sync.table:
            yield sync
            return
        self._connection.execute("create schema if not exists production_rows")
        view = f"production_rows.{quoted(sync.table)}"
        self._connection.execute(
            f"create or replace view {view} as"  # noqa: S608 - names are quoted
            f" select * from {PRODUCTION}.{sync.relation}"
        )
        yield replace(sync, schema="production_rows")

    @contextlib.contextmanager
    def _on_preview(self, sync: Sync) -> Any:
        """Let a model that is not touched be read from production."""
        if sync.table and not self._exists(sync.schema, sync.table):
            self._connection.execute(
                f"create schema if not exists {quoted(sync.schema)}"
            )
            self._connection.execute(
                f"create view {sync.relation} as"  # noqa: S608 - names are quoted
                f" select * from {PRODUCTION}.{sync.relation}"
            )
        yield

    def _fields(self, plan: Plan) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
        counts: dict[str, int] = {}
        samples: list[tuple[str, str]] = []
        mapping = plan.sync.fields
        for planned in plan.records():
            if planned.action not in ("create", "update"):
                if len(samples) < _SAMPLES and planned.action == "delete":
                    samples.append((planned.record_key, "deleted"))
                continue
            try:
                is_new = planned.action == "create"
                record = mapping.record(planned.row, None if is_new else planned.before)
            except CdpError:
                continue
            before = planned.before or {}
            changed = changes_between(before, {**before, **record})
            for name in changed:
                counts[name] = counts.get(name, 0) + 1
            if len(samples) < _SAMPLES:
                told = "created" if planned.action == "create" else self._told(changed)
                samples.append((planned.record_key, told))
        return counts, tuple(samples)

    def _told(self, changed: dict[str, tuple[Any, Any]]) -> str:
        return ", ".join(
            f"{name}: {self._shown(before)} → {self._shown(after)}"
            for name, (before, after) in changed.items()
        )

    def _shown(self, value: Any) -> str:
        if value is None:
            return "nothing"
        return str(value if self._is_open else masked(value))


def _counts(plan: Plan) -> dict[str, int]:
    return {
        "create": plan.created_count,
        "update": plan.updated_count,
        "delete": plan.deleted_count,
    }


def _with_mapping(found: SyncChange, before: Sync | None, after: Sync) -> SyncChange:
    """Add the fields that are mapped newly, or no more; of a new sync all are."""
    if before is None:
        return found
    old, new = before.meta.mapping, after.meta.mapping
    return msgspec.structs.replace(
        found,
        mapped=tuple(name for name in new if name not in old),
        unmapped=tuple(name for name in old if name not in new),
    )


def _differ(before: Sync, after: Sync) -> bool:
    return mapping_fingerprint(before) != mapping_fingerprint(after)


def total(changes: Iterable[SyncChange], action: str) -> int:
    """Return how many more records would be sent with the change."""
    return sum(one.merged.get(action, 0) - one.anyway.get(action, 0) for one in changes)
