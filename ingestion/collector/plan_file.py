"""The tracking plan as its files say now: a running collector takes a change over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from cdp.errors import Misconfigured
from cdp.plan_files import files_of
from cdp.tracking_plan import TrackingPlan, load_plan

_LOOK_SECONDS = 2.0
_log = logging.getLogger(__name__)
# Of each file its name, when it was written, and its size.
_Version = tuple[tuple[str, int, int], ...]


class PlanFile:
    """Looks at the files every two seconds and reads them when one has changed.

    A plan that cannot be read is told in the log, and the one before it stays.

    Args:
        folder: ``tracking_plan/`` of a project, before its plan is read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_as = _version(folder)

    async def watch(self, use: Callable[[TrackingPlan], None]) -> None:
        """Look until cancelled.

        Args:
            use: Gets each new plan.
        """
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self._look(use)

    async def _look(self, use: Callable[[TrackingPlan], None]) -> None:
        version = await asyncio.to_thread(_version, self._folder)
        if version == self._read_as:
            return
        self._read_as = version
        try:
            plan = await asyncio.to_thread(load_plan, self._folder)
        except Misconfigured as error:
            _log.warning("the tracking plan stays as it was: %s", error)
            return
        use(plan)
        _log.warning("the tracking plan was read again: %d events", len(plan.events))


def _version(folder: Path) -> _Version:
    found = []
    for file in files_of(folder):
        try:
            status = file.stat()
        except OSError:
            continue  # it is being replaced; the next look sees what became of it
        found.append((file.name, status.st_mtime_ns, status.st_size))
    return tuple(found)
