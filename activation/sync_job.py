"""One sync's run: plan, deliver, merge."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb
from filelock import FileLock, Timeout

from activation.destinations.delivery import Patience
from activation.destinations.outcome import Outcome, Status
from activation.destinations.registry import RecordDestination, open_for_records
from activation.difference import make_plan
from activation.exposures import Sync
from activation.journal import Journal, Run
from activation.ledger import check_place, merge_journal, prepare_ledger
from activation.plan import Plan
from activation.suppression import SuppressionList
from activation.sync_result import SyncResult
from activation.syncs.alerts import Alert, alerts_of, stale_hours_of
from activation.syncs.bodies import check_mode
from activation.syncs.delivery import Delivery, Progress, now
from activation.syncs.equal import settle_equal
from activation.syncs.preview import Preview, preview_of
from cdp.errors import Misconfigured, Rejected, Unavailable
from cdp.settings import Settings
from cdp.warehouse import open_warehouse


class SyncJob:
    """One sync's run.

    Args:
        settings: The workspace.
        sync: Which sync.
        patience: How long to try.
        progress: Receives the sync, records done, records in all.
    """

    def __init__(
        self,
        settings: Settings,
        sync: Sync,
        patience: Patience,
        progress: Progress | None = None,
    ) -> None:
        self._settings = settings
        self._sync = sync
        self._patience = patience
        self._progress = progress or (lambda *_: None)
        self._folder = settings.data_dir / "sync"
        self._journal = Journal(self._folder / f"{sync.name}.ndjson")

    def preview(self, show: tuple[str, ...] = ()) -> Preview:
        """Return what a run would do, with bodies as they would be sent.

        Args:
            show: Keys of rows to show.
        """
        with self._alone(), self._destination() as destination:
            purpose = f"plan sync {self._sync.name}"
            with open_warehouse(self._settings, purpose) as warehouse:
                plan = self._plan(warehouse)
                try:
                    return preview_of(
                        warehouse, plan, destination, self._suppression(), show
                    )
                finally:
                    plan.file.unlink(missing_ok=True)

    def run(self, *, has_consent: bool, planned: Preview | None = None) -> SyncResult:
        """Send what changed and enter the outcomes into the ledger.

        Args:
            has_consent: A person has agreed to what the guards would stop.
            planned: The plan that was agreed to; what has moved since stops the run.

        Raises:
            Rejected: Data, mapping or ledger are not what the plan was made from.
        """
        with self._alone(), self._destination() as destination:
            purpose = f"plan sync {self._sync.name}"
            with open_warehouse(self._settings, purpose) as warehouse:
                plan = self._plan(warehouse, is_run=planned is None)
                try:
                    if planned is not None:
                        planned.check(plan)
                except Rejected:
                    plan.file.unlink(missing_ok=True)
                    raise
                if plan.breaches and not has_consent:
                    plan.file.unlink(missing_ok=True)
                    return self._hold(warehouse, plan)
                settle_equal(warehouse, self._sync)
                gap_hours = stale_hours_of(warehouse, self._sync, now())
            run = _run_of(plan)
            try:
                self._journal.begin(run)
                counts, stopped_by = self._delivery(plan, destination).run()
            finally:
                plan.file.unlink(missing_ok=True)
                self._journal.close()
            alerts = self._finish(run, gap_hours)
        return replace(_result_of(plan, counts, stopped_by), alerts=alerts)

    def withhold(self, reason: str) -> SyncResult:
        """Return that nothing was sent, and why; a sync that grows stale is told."""
        with open_warehouse(self._settings, f"sync {self._sync.name}") as warehouse:
            prepare_ledger(warehouse)
            alerts = alerts_of(warehouse, self._sync, "", now())
        return SyncResult(self._sync.name, withheld_because=reason, alerts=alerts)

    def _hold(self, warehouse: duckdb.DuckDBPyConnection, plan: Plan) -> SyncResult:
        alerts = alerts_of(warehouse, self._sync, "", now())
        result = _result_of(plan, Counter(), None)
        return replace(result, held_because=plan.breaches, alerts=alerts)

    def _finish(self, run: Run, gap_hours: float | None) -> tuple[Alert, ...]:
        with open_warehouse(self._settings, f"sync {self._sync.name}") as warehouse:
            merge_journal(warehouse, self._journal, now())
            return alerts_of(
                warehouse, self._sync, run.run_id, now(), gap_hours=gap_hours
            )

    def _delivery(self, plan: Plan, destination: RecordDestination) -> Delivery:
        return Delivery(
            plan,
            destination,
            self._journal,
            suppression=self._suppression(),
            patience=self._patience,
            progress=self._progress,
        )

    def _suppression(self) -> SuppressionList:
        suppression = SuppressionList(self._settings.data_dir)
        suppression.refresh()
        return suppression

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{self._sync.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Unavailable(
                "another process runs this sync",
                place=f"sync {self._sync.name}",
                fix="Wait for it to end",
            ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _destination(self) -> Iterator[RecordDestination]:
        meta = self._sync.meta
        destination = open_for_records(
            self._settings, meta.destination, meta.object, meta.external_id_field
        )
        try:
            check_mode(self._settings, self._sync, destination)
            yield destination
        finally:
            destination.close()

    def _plan(
        self, warehouse: duckdb.DuckDBPyConnection, *, is_run: bool = False
    ) -> Plan:
        """Merge what a killed run left behind, then compare rows and ledger."""
        file = self._folder / f"{self._sync.name}.parquet"
        prepare_ledger(warehouse)
        merge_journal(warehouse, self._journal, None)
        check_place(warehouse, self._sync)
        try:
            return make_plan(warehouse, self._sync, file, self._settings, is_run=is_run)
        except duckdb.Error as error:
            # its words may quote a value
            raise Misconfigured(
                f"the rows cannot be read ({type(error).__name__})",
                place=f"sync {self._sync.name}",
                fix="Cast the mapped columns in the model to types of usual size",
            ) from error


def _result_of(
    plan: Plan, counts: Counter[Status], stopped_by: Outcome | None
) -> SyncResult:
    return SyncResult(
        name=plan.sync.name,
        created_count=plan.created_count,
        updated_count=plan.updated_count,
        deleted_count=plan.deleted_count,
        unchanged_count=plan.unchanged_count,
        gone_count=plan.gone_count,
        delivered_count=counts[Status.DELIVERED],
        rejected_count=counts[Status.REJECTED],
        retry_count=counts[Status.RETRY] + counts[Status.MISCONFIGURED],
        left_count=counts[Status.LEFT],
        changed_share=plan.changed_share,
        stopped_by=stopped_by,
    )


def _run_of(plan: Plan) -> Run:
    return Run(
        str(uuid.uuid4()),
        plan.sync.name,
        now(),
        plan.created_count,
        plan.updated_count,
        plan.unchanged_count,
        plan.deleted_count,
        plan.sync.meta.destination,
        plan.sync.meta.object,
        plan.sync.meta.mode,
        plan.sync.meta.external_id_field,
    )
