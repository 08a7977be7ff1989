"""One record of a plan, as people look at it."""

from __future__ import annotations

from typing import Any

import msgspec


class Shown(msgspec.Struct, frozen=True):
    """One record, as it would be sent.

    Attributes:
        record_key: Its key.
        action: create, update, delete; unchanged, left or absent where nothing is sent.
        body: Exactly what the tool would get; empty where it cannot be made.
        removal: What takes a member off an audience before ``body`` adds them again.
        changes: By field, what the tool has from us and what it would have.
        reason: Why it would not be sent.
    """

    record_key: str
    action: str
    body: str = ""
    changes: dict[str, tuple[Any, Any]] = {}
    reason: str = ""
    removal: str = ""
