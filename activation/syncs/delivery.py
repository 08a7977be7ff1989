"""Sending a plan: batches at the tool's rate, every outcome on disk before the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice

from activation.destinations.delivery import (
    Item,
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.outcome import Outcome, Status
from activation.destinations.registry import RecordDestination
from activation.dispatch import Pace
from activation.journal import Journal, Kept
from activation.plan import Plan, Planned
from activation.suppression import SuppressionList
from activation.syncs.bodies import SUPPRESSED, Body, body_of
from activation.syncs.filling import Filler, Filling
from activation.values import plain
from cdp.errors import Rejected

Progress = Callable[[str, int, int], None]
Batch = list[Tagged[tuple[Planned, Body]]]
Result = tuple[Body, Outcome]
_SUPPRESSED = Outcome(Status.FILTERED, SUPPRESSED, attempt=0)
_FORGOTTEN = Outcome(Status.DELIVERED, attempt=0)
# a destination may want a lane a record: no more than these wait for company
_GROUP = 5000


class Delivery:
    """One run's sending.

    Args:
        plan: What to send.
        destination: Where to.
        journal: Begun; keeps the outcomes.
        suppression: Nobody on it is created or changed in a tool.
        patience: How long to try.
        progress: Receives the sync, records done, records in all.
    """

    def __init__(
        self,
        plan: Plan,
        destination: RecordDestination,
        journal: Journal,
        *,
        suppression: SuppressionList,
        patience: Patience,
        progress: Progress,
    ) -> None:
        self._plan = plan
        self._destination = destination
        self._sender = _Paced(destination, patience)
        self._journal = journal
        self._suppression = suppression
        self._patience = patience
        self._progress = progress
        self._mapping = plan.sync.fields
        self._filler = Filler(self._mapping, plan.sync.meta.mode, destination)
        self._kept: list[Kept] = []
        self._counts: Counter[Status] = Counter()

    def run(self) -> tuple[Counter[Status], Outcome | None]:
        """Send everything; return outcomes by status, and why it stopped if it did."""
        self._kept = [
            Kept(one.record_key, None, Outcome(Status.REJECTED, one.reason), "")
            for one in self._plan.refused
        ]
        stopped_by = self._send_all()
        self._flush()
        return self._counts, stopped_by

    def _send_all(self) -> Outcome | None:
        limits = self._destination.limits
        records = self._prepared()
        with ThreadPoolExecutor(max(1, limits.at_once)) as pool:
            while group := list(islice(records, _GROUP)):
                waiting = batches(group, limits)
                while window := list(islice(waiting, max(1, limits.at_once))):
                    results = list(pool.map(self._send, window))
                    self._note(window, results)
                    stopped_by = _stopping([one for each in results for _, one in each])
                    if stopped_by is not None:
                        return stopped_by
        return None

    def _send(self, batch: Batch) -> list[Result]:
        items = [record.item for record in batch]
        if not any(self._filler.is_needed(*record.tag) for record in batch):
            outcomes = deliver_patiently(self._sender, items, self._patience)
            bodies = [record.tag[1] for record in batch]
            return list(zip(bodies, outcomes, strict=True))
        filling = Filling(self._sender, self._filler, batch)
        outcomes = deliver_patiently(filling, items, self._patience)
        return list(zip(map(filling.body_of, items), outcomes, strict=True))

    def _note(self, window: list[Batch], results: list[list[Result]]) -> None:
        for batch, sent in zip(window, results, strict=True):
            for record, (body, outcome) in zip(batch, sent, strict=True):
                planned = record.tag[0]
                self._kept.append(
                    Kept(
                        planned.record_key,
                        self._hash_of(planned),
                        outcome,
                        planned.action,
                        body.fields,
                    )
                )
        self._flush()
        done = self._counts.total()
        self._progress(self._plan.sync.name, done, self._plan.sent_count)

    def _flush(self) -> None:
        if self._kept:
            self._journal.keep(self._kept, now())
            self._counts.update(
                one.outcome.status for one in self._kept if one.action != "forget"
            )
            self._kept = []

    def _prepared(self) -> Iterator[Tagged[tuple[Planned, Body]]]:
        """Yield what can be sent; keep why the rest cannot."""
        mode = self._plan.sync.meta.mode
        for planned in self._plan.records():
            if planned.action == "forget":
                self._keep(planned, _FORGOTTEN)
                continue
            try:
                body = body_of(planned, self._mapping, mode, self._destination)
            except Rejected as error:
                self._keep(planned, Outcome(Status.REJECTED, error.message))
                continue
            is_removal = planned.action == "delete"
            if not is_removal and self._suppression.has_record(body.fields):
                self._keep(planned, _SUPPRESSED)
                continue
            yield Tagged((planned, body), body.item)

    def _keep(self, planned: Planned, outcome: Outcome) -> None:
        self._kept.append(
            Kept(planned.record_key, planned.row_hash, outcome, planned.action)
        )
        if len(self._kept) >= _GROUP:
            self._flush()

    def _hash_of(self, planned: Planned) -> int | None:
        """Return what the ledger keeps; None where it is to keep nothing."""
        is_mirrored = self._plan.sync.meta.mode == "mirror"
        is_removed = planned.action == "delete" and is_mirrored
        return None if is_removed else planned.row_hash


class _Paced:
    """A destination whose requests wait for their turn."""

    def __init__(self, destination: RecordDestination, patience: Patience) -> None:
        self.limits = destination.limits
        self._destination = destination
        self._pace = Pace(self.limits.requests_per_second, patience.sleep)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        self._pace.wait()
        return self._destination.deliver(items)

    def close(self) -> None:
        self._destination.close()


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return str(plain(datetime.now(UTC)))


def _stopping(outcomes: list[Outcome]) -> Outcome | None:
    """Return why there is no point in the next batch; None where there is one."""
    for outcome in outcomes:
        if outcome.status is Status.MISCONFIGURED:
            return outcome
    is_down = all(outcome.status is Status.RETRY for outcome in outcomes)
    return outcomes[0] if outcomes and is_down else None
