"""When production was built: what "the last N days" were counted from."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cdp.settings import Settings


def moment_of_build(settings: Settings) -> str:
    """Return the moment of the last build: what "the last N days" was counted from."""
    fixed = settings.environment.get("CDP_AS_OF")
    if fixed:
        return fixed
    try:
        content = (settings.dbt_target_dir / "run_results.json").read_bytes()
        started = msgspec.json.decode(content)["metadata"]["invocation_started_at"]
        return str(started)
    except (OSError, KeyError, msgspec.DecodeError):
        return datetime.now(UTC).isoformat()
