"""What is asked of the collector with GET: is it well, and what do SDKs fetch first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from ingestion.collector.answer import OK, Answer, as_json


@dataclass(frozen=True, slots=True)
class Question:
    """A GET request.

    Attributes:
        path: Without a slash at its end.
        query: As in the address.
        headers: Names in lower case.
        scheme: http or https, where no proxy says otherwise.
    """

    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    scheme: str


# Returns None where the question is not its own.
Page = Callable[[Question], Answer | None]


class Health:
    """Whether the collector lives (``/health``), takes events (``/ready``), and which.

    Args:
        require_ready: Raises Unavailable while events would not be taken.
    """

    def __init__(self, require_ready: Callable[[], None]) -> None:
        self._require_ready = require_ready

    def __call__(self, question: Question) -> Answer | None:
        """Answer ``/health``, ``/ready`` or ``/version``.

        Raises:
            Unavailable: It is not ready.
        """
        if question.path == "/version":
            return as_json({"name": "headwater", "version": _version()})
        if question.path == "/ready":
            self._require_ready()
        return OK if question.path in {"/health", "/ready"} else None


def _version() -> str:
    try:
        return version("headwater")
    except PackageNotFoundError:
        return "unknown"
