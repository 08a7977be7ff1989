"""How long a connection rests between two looks at the log, and what it says then."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from activation.destinations.delivery import Patience
from activation.destinations.outcome import Outcome, Status
from activation.forward_result import ConnectionResult

_LOOK_SECONDS = 0.2
_LONGEST_REST_SECONDS = 300.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Rest:
    """The rests of one connection that follows the log.

    Attributes:
        patience: How long a tool that refuses us is left alone.
    """

    patience: Patience
    _seconds: float = _LOOK_SECONDS
    _refusals: int = 0
    _told: str = ""

    def after(self, result: ConnectionResult) -> float:
        """Return how long to rest after a look, and tell the operator what is new.

        A tool that is down is waited for, each time longer; one that refuses us is
        left alone for longer still, and that is told once, as is its end.
        """
        why = result.stopped_by
        if why is not None and why.status is Status.MISCONFIGURED:
            return self._after_refusal(result.name, why)
        self._refusals = 0
        if why is not None:
            _log.warning("%s", result.summary)
            asked = why.retry_after_seconds or 2 * self._seconds
            self._seconds = min(_LONGEST_REST_SECONDS, asked)
            return self._seconds
        if self._told:
            _log.warning("%s is no longer refused and goes on", result.name)
        self._told, self._seconds = "", _LOOK_SECONDS
        return self._seconds

    def _after_refusal(self, name: str, why: Outcome) -> float:
        self._refusals += 1
        seconds = self.patience.pause_seconds(self._refusals)
        if why.reason != self._told:
            _log.warning(
                "%s is paused: %s. Its events wait, none is lost. It tries again in"
                " %.0f seconds, then ever more seldom, at the latest every %.0f. Put"
                " address and credentials right: at the tool that is enough, what is"
                " changed here needs a restart",
                *(name, why.reason, seconds, self.patience.longest_pause_seconds),
            )
            self._told = why.reason
        return seconds
