"""One sync's run: plan, deliver, merge."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from activation.destinations.delivery import (
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.outcome import Outcome, Status
from activation.destinations.registry import RecordDestination, open_for_records
from activation.difference import make_plan
from activation.exposures import Sync
from activation.journal import Journal, Kept, Run
from activation.ledger import merge_journal, prepare_ledger
from activation.plan import Plan, Planned
from activation.suppression import SuppressionList
from activation.sync_result import SyncResult
from activation.values import plain
from cdp.errors import Rejected, Unavailable
from cdp.settings import Settings
from cdp.warehouse import open_warehouse

Progress = Callable[[str, int, int], None]
_SAMPLES = 2
_SUPPRESSED = Outcome(Status.FILTERED, "the person is suppressed", attempt=0)


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

    def preview(self) -> SyncResult:
        """Return what a run would do, with bodies as they would be sent."""
        with self._alone(), self._destination() as destination:
            plan = self._plan()
            try:
                samples = [_sample(destination, one) for one in plan.records(_SAMPLES)]
            finally:
                plan.file.unlink(missing_ok=True)
        return replace(_result_of(plan, Counter()), samples=tuple(samples))

    def run(self, *, has_consent: bool) -> SyncResult:
        """Send what changed and enter the outcomes into the ledger."""
        with self._alone(), self._destination() as destination:
            plan = self._plan()
            try:
                if plan.needs_consent and not has_consent:
                    return replace(_result_of(plan, Counter()), is_held=True)
                self._journal.begin(_run_of(plan))
                counts, stopped_by = self._deliver(plan, destination)
            finally:
                plan.file.unlink(missing_ok=True)
                self._journal.close()
            with open_warehouse(self._settings, f"sync {plan.sync.name}") as warehouse:
                merge_journal(warehouse, self._journal, _now())
        return replace(_result_of(plan, counts), stopped_by=stopped_by)

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
            yield destination
        finally:
            destination.close()

    def _plan(self) -> Plan:
        """Merge what a killed run left behind, then compare model and ledger."""
        file = self._folder / f"{self._sync.name}.parquet"
        purpose = f"plan sync {self._sync.name}"
        with open_warehouse(self._settings, purpose) as warehouse:
            prepare_ledger(warehouse)
            merge_journal(warehouse, self._journal, None)
            return make_plan(warehouse, self._sync, file)

    def _deliver(
        self, plan: Plan, destination: RecordDestination
    ) -> tuple[Counter[Status], Outcome | None]:
        """Send the plan; return outcomes by status, and why it stopped if it did."""
        counts: Counter[Status] = Counter()
        refused: list[Kept] = [
            (one.record_key, None, Outcome(Status.REJECTED, one.reason))
            for one in plan.refused
        ]
        stopped_by = None
        suppression = SuppressionList(self._settings.data_dir)
        suppression.refresh()
        prepared = _prepared(plan, destination, suppression, refused)
        for batch in batches(prepared, destination.limits):
            items = [record.item for record in batch]
            outcomes = deliver_patiently(destination, items, self._patience)
            kept: list[Kept] = [
                (*record.tag, outcome)
                for record, outcome in zip(batch, outcomes, strict=True)
            ]
            self._keep(counts, kept + refused)
            refused.clear()
            self._progress(plan.sync.name, counts.total(), plan.sent_count)
            stopped_by = _stopping(outcomes)
            if stopped_by is not None:
                break
        self._keep(counts, refused)
        return counts, stopped_by

    def _keep(self, counts: Counter[Status], kept: list[Kept]) -> None:
        if kept:
            self._journal.keep(kept, _now())
            counts.update(outcome.status for *_, outcome in kept)


def _prepared(
    plan: Plan,
    destination: RecordDestination,
    suppression: SuppressionList,
    refused: list[Kept],
) -> Iterator[Tagged[tuple[str, int]]]:
    """Yield what can be sent; add what the destination cannot take to ``refused``."""
    for record in plan.records():
        if suppression.has_record(record.fields):
            refused.append((record.record_key, record.row_hash, _SUPPRESSED))
            continue
        try:
            item = destination.prepare(record.fields)
        except Rejected as error:
            outcome = Outcome(Status.REJECTED, error.message)
            refused.append((record.record_key, record.row_hash, outcome))
        else:
            yield Tagged((record.record_key, record.row_hash), item)


def _stopping(outcomes: list[Outcome]) -> Outcome | None:
    """Return why there is no point in the next batch; None where there is one."""
    for outcome in outcomes:
        if outcome.status is Status.MISCONFIGURED:
            return outcome
    is_down = all(outcome.status is Status.RETRY for outcome in outcomes)
    return outcomes[0] if outcomes and is_down else None


def _result_of(plan: Plan, counts: Counter[Status]) -> SyncResult:
    return SyncResult(
        name=plan.sync.name,
        created_count=plan.created_count,
        updated_count=plan.updated_count,
        unchanged_count=plan.unchanged_count,
        gone_count=plan.gone_count,
        delivered_count=counts[Status.DELIVERED],
        rejected_count=counts[Status.REJECTED],
        retry_count=counts[Status.RETRY] + counts[Status.MISCONFIGURED],
        changed_share=plan.changed_share,
    )


def _run_of(plan: Plan) -> Run:
    return Run(
        str(uuid.uuid4()),
        plan.sync.name,
        _now(),
        plan.created_count,
        plan.updated_count,
        plan.unchanged_count,
    )


def _sample(destination: RecordDestination, record: Planned) -> str:
    try:
        return destination.prepare(record.fields).content.decode()
    except Rejected as error:
        return f"rejected: {error.message}"


def _now() -> str:
    return str(plain(datetime.now(UTC)))
