"""Errors that say whose turn it is.

    CdpError
    ├── Rejected        the sender must fix what was sent
    ├── Unavailable     nobody is wrong: try again, perhaps after a stated time
    └── Misconfigured   the operator must change a setting

Retry policy follows the class, never a list of status codes.
"""

from __future__ import annotations


class CdpError(Exception):
    """A failure that a user reads as one sentence, never as a traceback.

    Args:
        message: What went wrong, in one sentence.
        place: Where the offending value stands, such as ``headwater.yml: sources.web``
            or ``batch[3].properties.total``; empty where there is none.
        fix: What the person whose turn it is can do; empty where it is obvious.
    """

    def __init__(self, message: str, *, place: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.fix = fix

    def __str__(self) -> str:
        """Return place, message and fix as one line."""
        located = f"{self.place}: {self.message}" if self.place else self.message
        return f"{located}. {self.fix}" if self.fix else located


class Rejected(CdpError):
    """The sender must fix what was sent; sending it again changes nothing."""


class Unavailable(CdpError):
    """Try again later.

    Args:
        message: What went wrong, in one sentence.
        place: Where it happened.
        fix: What would help, where anything would.
        retry_after_seconds: How long to wait, where the other side said so.
    """

    def __init__(
        self,
        message: str,
        *,
        place: str = "",
        fix: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, place=place, fix=fix)
        self.retry_after_seconds = retry_after_seconds


class Misconfigured(CdpError):
    """The operator must change a setting before this can work."""
