"""What tools would get if a change were merged, beside what they would get anyway."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from activation.difference import make_plan, mapping_fingerprint
from activation.exposures import Sync
from activation.ledger import prepare_ledger
from activation.plan import Plan
from cdp.errors import CdpError
from cdp.quoting import quoted
from cdp.settings import Settings
from orchestration.preview.build import PRODUCTION
from orchestration.preview.contents import Contents, contents_of

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
        others: Records of both that would get something else.
        is_same: Whether the tool would get the same, record by record, without it.
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
    others: int = 0
    is_same: bool = False
    breaches: tuple[str, ...] = ()
    note: str = ""


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
                anyway, sent_anyway = {}, Contents()
                if before is not None:
                    with self._on_production(before) as there:
                        plan = self._plan(there, Path(name) / "anyway")
                        anyway, sent_anyway = _counts(plan), contents_of(plan)
                with self._on_preview(after):
                    plan = self._plan(after, Path(name) / "merged")
                    sent = contents_of(plan, is_open=self._is_open)
            except (CdpError, duckdb.Error) as error:
                said = str(error).split("\n", 1)[0]
                return SyncChange(after.name, destination, note=said)
        return SyncChange(
            after.name,
            destination,
            anyway,
            _counts(plan),
            sent.fields,
            samples=tuple(sent.samples),
            others=sent.others_than(sent_anyway),
            is_same=before is not None
            and anyway == _counts(plan)
            and sent.is_of(sent_anyway),
            breaches=plan.breaches,
        )

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
        is_same=found.is_same and _where(before) == _where(after),
    )


def _where(sync: Sync) -> tuple[object, ...]:
    meta = sync.meta
    return meta.destination, meta.object, meta.mode, meta.mapping.keys()


def _differ(before: Sync, after: Sync) -> bool:
    return mapping_fingerprint(before) != mapping_fingerprint(after)
