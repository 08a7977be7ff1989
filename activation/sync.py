"""Batch delivery: what changed in the warehouse, to the tools (reverse ETL, G-19).

Plan under the warehouse's writing turn, deliver without it, merge the outcomes under
it. Outcomes are on disk before the next batch is sent; those of a run that was killed
are merged before anything else, so that at most its last batch is sent twice, and every
destination matches records by key.
"""

from __future__ import annotations

from collections.abc import Sequence

from activation.destinations.delivery import Patience
from activation.destinations.outcome import Status
from activation.exposures import load_syncs
from activation.sync_job import Progress, SyncJob
from activation.sync_result import SyncResult
from cdp.errors import Misconfigured
from cdp.settings import Settings


def sync(
    settings: Settings,
    names: Sequence[str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    *,
    has_consent: bool = False,
    patience: Patience | None = None,
) -> list[SyncResult]:
    """Send what changed since the last run to the tools.

    A tool that is down, and a guard that wants a person's consent, end their own sync
    only; the result says so.

    Args:
        settings: The workspace; dbt has built the models.
        names: Syncs; all of them where none is named.
        dry_run: Say what would be sent, and send nothing.
        progress: Receives the sync, records done, records in all.
        has_consent: A person has agreed to more change than the guard allows.
        patience: How long to try.

    Raises:
        Misconfigured: A sync is not complete, or its destination refuses us. The
            other syncs have run.
    """
    results: list[SyncResult] = []
    refusals: list[Misconfigured] = []
    for declared in load_syncs(settings, names):
        job = SyncJob(settings, declared, patience or Patience(), progress)
        try:
            results.append(_run(job, dry_run=dry_run, has_consent=has_consent))
        except Misconfigured as error:
            refusals.append(error)
    refusals += [_refusal_of(result) for result in results if _is_refused(result)]
    if refusals:
        raise refusals[0]
    return results


def _run(job: SyncJob, *, dry_run: bool, has_consent: bool) -> SyncResult:
    return job.preview() if dry_run else job.run(has_consent=has_consent)


def _is_refused(result: SyncResult) -> bool:
    stopped_by = result.stopped_by
    return stopped_by is not None and stopped_by.status is Status.MISCONFIGURED


def _refusal_of(result: SyncResult) -> Misconfigured:
    return Misconfigured(
        result.summary,
        place=f"sync {result.name}",
        fix="Put the destination's settings or the mapping right, and run again",
    )
