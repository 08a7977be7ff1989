"""Klaviyo's bulk imports of profiles: jobs, and what became of each profile."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import msgspec

from activation.destinations.exchange import Request, exchange, judge, read_answer
from activation.destinations.klaviyo_api import Account, Mistake, Source, words_of
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)

JOBS = "/api/profile-bulk-import-jobs"
_LONGEST_JOB_SECONDS = 300.0
_FIRST_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 5.0
_POINTER = "/data/attributes/profiles/data/"


class _Entry(msgspec.Struct, frozen=True):
    attributes: Mistake


class _Links(msgspec.Struct, frozen=True):
    next: str | None = None


class _Errors(msgspec.Struct, frozen=True):
    data: list[_Entry]
    links: _Links = _Links()


class _JobAttributes(msgspec.Struct, frozen=True):
    status: str
    failed_count: int | None = 0


class _Job(msgspec.Struct, frozen=True):
    id: str
    attributes: _JobAttributes


class _JobDocument(msgspec.Struct, frozen=True):
    data: _Job


class Jobs:
    """Imports of one account.

    Args:
        client: Keeps connections open.
        account: Whose profiles.
        sleep: Waits between two looks at a job.
    """

    def __init__(
        self,
        client: httpx.Client,
        account: Account,
        sleep: Callable[[float], object],
    ) -> None:
        self._client = client
        self._account = account
        self._sleep = sleep

    def run(self, request: Request, count: int) -> list[Outcome]:
        """Import profiles and wait until that has ended; return an outcome for each.

        Args:
            request: Starts the import.
            count: How many profiles it carries.

        Raises:
            NotTaken: The answer is about all of them.
        """
        response = exchange(self._client, request, readable={400})
        if not response.is_success:
            raise NotTaken(judge(response, words_of(response)))
        job = self._wait_for(read_answer(response, _JobDocument).data)
        outcomes = [Outcome(Status.DELIVERED, http_status=202)] * count
        if job.attributes.status == "cancelled":
            raise NotTaken(Outcome(Status.RETRY, "the import was cancelled", 202))
        if job.attributes.failed_count:
            for index, reason in self._errors_of(job):
                outcome = Outcome(Status.REJECTED, reason, 202)
                if not 0 <= index < count:
                    # one of them, but it is not said which: smaller imports tell
                    raise NotTaken(outcome)
                outcomes[index] = outcome
        return outcomes

    def _get(self, url: str) -> httpx.Response:
        return exchange(self._client, self._account.get(url))

    def _wait_for(self, job: _Job) -> _Job:
        waited, wait = 0.0, _FIRST_POLL_SECONDS
        while job.attributes.status in {"queued", "processing"}:
            if waited > _LONGEST_JOB_SECONDS:
                reason = f"the import has not ended after {waited:.0f} s"
                raise NotTaken(Outcome(Status.RETRY, reason, 202))
            self._sleep(wait)
            waited, wait = waited + wait, min(2 * wait, _LONGEST_POLL_SECONDS)
            response = self._get(f"{self._account.url}{JOBS}/{job.id}")
            job = read_answer(response, _JobDocument).data
        return job

    def _errors_of(self, job: _Job) -> list[tuple[int, str]]:
        """Return position and reason of each profile that was not imported."""
        found: list[tuple[int, str]] = []
        url: str | None = f"{self._account.url}{JOBS}/{job.id}/import-errors"
        while url:
            page = read_answer(self._get(url), _Errors)
            for entry in page.data:
                pointer = entry.attributes.source or Source()
                position = pointer.pointer.removeprefix(_POINTER).split("/")[0]
                words = entry.attributes.detail or entry.attributes.title
                index = int(position) if position.isdigit() else -1
                found.append((index, without_personal(words)))
            url = page.links.next
        return found
