"""How long something may take, and ending a function that does not come back.

A thread cannot be killed, but an exception can be put into it, which is raised at its
next step in Python. Code that never takes one (a regular expression that explodes) is
beyond reach.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from cdp.errors import Misconfigured

_LOOK_SECONDS = 0.05
_AGAIN_SECONDS = 1.0  # where the function has caught the first one
Argument = TypeVar("Argument")
Result = TypeVar("Result")


def seconds_from(variable: str, usual: float) -> float:
    """Return the seconds that an environment variable says, or the usual ones.

    Raises:
        Misconfigured: The variable is no number of seconds.
    """
    written = os.environ.get(variable, usual)
    try:
        seconds = float(written)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise Misconfigured(
            f"{written!r} is no number of seconds",
            place=variable,
            fix="Export a number greater than 0, or unset it",
        )
    return seconds


class _Late(BaseException):
    """Raised in a thread from outside; ``except Exception`` does not catch it."""


class _Watch:
    """Looks after the calls that are under way, from a thread of its own."""

    def __init__(self) -> None:
        self._deadlines: dict[int, float] = {}
        self._late: set[int] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        """Watch the calling thread from now on."""
        with self._lock:
            self._deadlines[threading.get_ident()] = time.monotonic() + seconds
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Leave the calling thread alone, also from what is on its way already."""
        own = threading.get_ident()
        with self._lock:
            self._deadlines.pop(own, None)
            if own in self._late:
                self._late.discard(own)
                _put(own, None)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            with self._lock:
                over = [one for one, at in self._deadlines.items() if at < now]
                for thread in over:
                    self._late.add(thread)
                    self._deadlines[thread] = now + _AGAIN_SECONDS
                    _put(thread, _Late)


def _put(thread: int, exception: type[BaseException] | None) -> None:
    """Let a thread raise an exception at its next step; None takes it back."""
    put = ctypes.pythonapi.PyThreadState_SetAsyncExc
    given = None if exception is None else ctypes.py_object(exception)
    put(ctypes.c_ulong(thread), given)


_watch = _Watch()


def within(
    seconds: float, function: Callable[[Argument], Result], argument: Argument
) -> Result:
    """Return what a function returns.

    Raises:
        TimeoutError: It did not return in so many seconds; it has been ended.
    """
    _watch.begin(seconds)
    try:
        try:
            return function(argument)
        finally:
            _watch.end()
    except _Late:
        _watch.end()
        raise TimeoutError from None
