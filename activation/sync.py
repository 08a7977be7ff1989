"""Batch delivery: what changed in the warehouse, to the tools (reverse ETL, G-19).

Plan under the warehouse's writing turn, deliver without it, merge the outcomes under
it. Outcomes are on disk before the next batch is sent; those of a run that was killed
are merged before anything else, so that at most its last batches are sent twice, and
every destination matches records by key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from activation.destinations.delivery import Patience
from activation.destinations.outcome import Outcome, Status
from activation.exposures import load_syncs, read_syncs
from activation.sync_job import SyncJob
from activation.sync_result import SyncResult
from activation.syncs.delivery import Progress
from activation.syncs.gate import reason_to_withhold
from activation.syncs.preview import Preview
from cdp.errors import CdpError, Misconfigured, Unavailable
from cdp.settings import Settings


def sync(  # noqa: PLR0913 - each is a wish of its own
    settings: Settings,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    has_consent: bool = False,
    is_untested: bool = False,
    patience: Patience | None = None,
    tell: Callable[[SyncResult], object] | None = None,
) -> list[SyncResult]:
    """Send what changed since the last run to the tools.

    A tool or another database that is down, a guard that wants a person's consent, and
    a model whose tests have not passed end their own sync only, and so does what is
    wrong in its declaration; the result says so. A sync comes after those whose ids it
    looks up.

    Args:
        settings: The workspace; dbt has built the models.
        names: Syncs; all of them where none is named.
        progress: Receives the sync, records done, records in all.
        has_consent: A person has agreed to what the guards would stop.
        is_untested: Run whatever dbt has said of the models.
        patience: How long to try.
        tell: Receives each result as soon as there is one.

    Raises:
        Misconfigured: A sync is not complete, or its destination refuses us. The
            other syncs have run.
    """
    tell = tell or (lambda _: None)
    declaration = read_syncs(settings, names)
    refusals = list(declaration.problems.values())
    results = [
        _stopped(name, Status.MISCONFIGURED, error)
        for name, error in declaration.problems.items()
    ]
    for result in results:
        tell(result)
    for declared in declaration.syncs:
        job = SyncJob(settings, declared, patience or Patience(), progress)
        try:
            reason = "" if is_untested else reason_to_withhold(settings, declared)
            result = (
                job.withhold(reason) if reason else job.run(has_consent=has_consent)
            )
            refusals += [_refusal_of(result)] if _is_refused(result) else []
        except Misconfigured as error:
            refusals.append(error)
            result = _stopped(declared.name, Status.MISCONFIGURED, error)
        except Unavailable as error:
            result = _stopped(declared.name, Status.RETRY, error)
        results.append(result)
        tell(result)
    if refusals:
        raise refusals[0]
    return results


def plan_syncs(
    settings: Settings, names: Sequence[str] | None = None, show: Sequence[str] = ()
) -> list[Preview]:
    """Return what a run would do; nothing is sent.

    Args:
        settings: The workspace; dbt has built the models.
        names: Syncs; all of them where none is named.
        show: Keys of rows to show, whatever is done with them.

    Raises:
        Misconfigured: A sync is not complete.
    """
    return [
        SyncJob(settings, declared, Patience()).preview(tuple(show))
        for declared in load_syncs(settings, names)
    ]


def apply_plan(
    settings: Settings,
    plan: Preview,
    progress: Progress | None = None,
    *,
    has_consent: bool = False,
    is_untested: bool = False,
    patience: Patience | None = None,
) -> SyncResult:
    """Send exactly what a plan says.

    Args:
        settings: The workspace.
        plan: As ``plan_syncs`` made it.
        progress: Receives the sync, records done, records in all.
        has_consent: A person has agreed to what the guards would stop.
        is_untested: Run whatever dbt has said of the models.
        patience: How long to try.

    Raises:
        Rejected: Data, mapping or ledger have moved since the plan was made.
        Misconfigured: The sync is not complete, or its destination refuses us.
    """
    (declared,) = load_syncs(settings, [plan.sync_name])
    job = SyncJob(settings, declared, patience or Patience(), progress)
    reason = "" if is_untested else reason_to_withhold(settings, declared)
    if reason:
        return job.withhold(reason)
    result = job.run(has_consent=has_consent, planned=plan)
    if _is_refused(result):
        raise _refusal_of(result)
    return result


def _stopped(name: str, status: Status, error: CdpError) -> SyncResult:
    # the line begins with the sync's name already
    where = error.place.removeprefix(f"sync {name}").removeprefix(f"exposure {name}")
    where = where.removeprefix(": ")
    place = f"{where}: " if where else ""
    return SyncResult(name, stopped_by=Outcome(status, f"{place}{error.message}"))


def _is_refused(result: SyncResult) -> bool:
    stopped_by = result.stopped_by
    return stopped_by is not None and stopped_by.status is Status.MISCONFIGURED


def _refusal_of(result: SyncResult) -> Misconfigured:
    return Misconfigured(
        result.told,
        place=f"sync {result.name}",
        fix="Put the destination's settings or the mapping right, and run again",
    )
