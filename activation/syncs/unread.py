"""Declarations of syncs that were written after dbt had read them.

Syncs are read from dbt's manifest: an edit counts only when dbt has read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from activation.exposures import declared_syncs
from cdp.settings import Settings


def unread_files(
    settings: Settings, names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return files of syncs that are newer than what dbt has read of them.

    Args:
        settings: The workspace.
        names: Syncs; all of them where none is named.
    """
    read_at = _written_at(settings.dbt_target_dir / "manifest.json")
    files = {
        one.file
        for one in declared_syncs(settings) or ()
        if one.file and (not names or one.name in names)
    }
    newer = {one for one in files if _written_at(settings.project_dir / one) > read_at}
    return tuple(sorted(newer))


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
