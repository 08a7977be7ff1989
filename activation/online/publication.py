"""One publication: compare, write, remember."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import duckdb

from activation.online.comparison import Change, compare, is_built, remember
from activation.online.entries import KINDS
from activation.online.store import EPOCH_KEY, OnlineStore
from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse

_LARGEST_DELETED_SHARE = 0.5
_FEWEST_KEYS_GUARDED = 1000
_PURPOSE = "publish to the online store"
_TABLES = """
create schema if not exists ledger;
create table if not exists ledger.online_state (
    kind varchar, online_key varchar, value_hash ubigint
);
create table if not exists ledger.online_epoch (epoch varchar);
"""


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What a publication did, in keys.

    Attributes:
        written: Set, because they are new or changed.
        deleted: Removed: of customers that are gone or became part of another.
        unchanged: Left alone.
    """

    written: int
    deleted: int
    unchanged: int

    @property
    def summary(self) -> str:
        """One line for a person."""
        return (
            f"{self.written:,} keys written, {self.deleted:,} deleted,"
            f" {self.unchanged:,} unchanged"
        )


class Publication:
    """One run of bringing a store up to the warehouse.

    Args:
        settings: The workspace.
        store: What is written.
    """

    def __init__(self, settings: Settings, store: OnlineStore) -> None:
        self._settings = settings
        self._store = store
        self._folder = settings.data_dir / "online" / "publishing"

    def run(self, *, everything: bool, has_consent: bool) -> PublishResult:
        """Compare, write the store, remember what it has.

        Raises:
            Misconfigured: Nothing is built, or too much would go without consent.
            Unavailable: The store does not answer.
        """
        epoch = self._store.read([EPOCH_KEY])[0]
        self._folder.mkdir(parents=True, exist_ok=True)
        with open_warehouse(self._settings, _PURPOSE) as warehouse:
            warehouse.execute(_TABLES)
            if everything or not _is_of(warehouse, epoch):
                warehouse.execute("update ledger.online_state set value_hash = null")
                epoch = None
            changes = [
                compare(warehouse, kind, self._folder / f"{kind.name}.parquet")
                for kind in KINDS
                if is_built(warehouse, kind)
            ]
        _check(changes, has_consent=has_consent)
        result = PublishResult(
            sum(change.written_count for change in changes),
            sum(len(change.gone) for change in changes),
            sum(change.unchanged_count for change in changes),
        )
        if result.written or result.deleted or epoch is None:
            new_epoch = epoch or uuid.uuid4().bytes
            self._write(changes, new_epoch)
            self._remember(changes, new_epoch)
        for change in changes:
            change.file.unlink(missing_ok=True)
        return result

    def _write(self, changes: list[Change], epoch: bytes) -> None:
        for change in changes:
            self._store.write(change.values())
        # identities go before the profiles that they name
        for change in reversed(changes):
            self._store.delete(change.gone)
        self._store.write([(EPOCH_KEY, epoch)])

    def _remember(self, changes: list[Change], epoch: bytes) -> None:
        with open_warehouse(self._settings, _PURPOSE) as warehouse:
            warehouse.execute("begin")
            for change in changes:
                remember(warehouse, change)
            warehouse.execute("delete from ledger.online_epoch")
            warehouse.execute(
                "insert into ledger.online_epoch values (?)", [epoch.hex()]
            )
            warehouse.execute("commit")


def _is_of(warehouse: duckdb.DuckDBPyConnection, epoch: bytes | None) -> bool:
    """Return whether the ledger describes the store that has this epoch."""
    row = warehouse.execute("select epoch from ledger.online_epoch").fetchone()
    return epoch is not None and row is not None and row[0] == epoch.hex()


def _check(changes: list[Change], *, has_consent: bool) -> None:
    """Refuse to empty the store because a model came out empty."""
    if not changes:
        raise Misconfigured(
            "there is nothing to publish yet",
            place="schema marts",
            fix="Run `dbt build` first",
        )
    gone = sum(len(change.gone) for change in changes)
    stays = sum(change.unchanged_count + change.written_count for change in changes)
    is_guarded = gone + stays >= _FEWEST_KEYS_GUARDED and not has_consent
    if is_guarded and gone > _LARGEST_DELETED_SHARE * (gone + stays):
        raise Misconfigured(
            f"{gone:,} of {gone + stays:,} keys would be deleted",
            place="schema marts",
            fix="See whether the models are complete; `cdp publish --yes` deletes them",
        )
