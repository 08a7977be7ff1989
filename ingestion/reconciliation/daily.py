"""The comparison that a run makes once a day, without ever stopping it."""

from __future__ import annotations

from collections.abc import Callable

from cdp.errors import CdpError
from cdp.settings import Settings
from ingestion.reconciliation.checks import DIFFERENT, due, reconcile


def reconcile_daily(
    settings: Settings, progress: Callable[[str, int, int], None]
) -> list[str]:
    """Compare the sources that were not compared for a day.

    Returns:
        A sentence for each figure that differs, and each source that did not answer.
    """
    notes = []
    names = due(settings)
    for index, name in enumerate(names):
        progress(f"reconcile {name}", index, len(names))
        try:
            checks = reconcile(settings, [name])
        except CdpError as error:
            notes.append(f"not reconciled: {error}")
            continue
        notes += [check.sentence for check in checks if check.verdict == DIFFERENT]
    return notes
