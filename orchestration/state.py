"""What each step last ran on, kept beside the data, so that a run can skip it."""

from __future__ import annotations

import json
from pathlib import Path

from cdp.settings import Settings


def _file(settings: Settings) -> Path:
    return settings.data_dir / "state" / "steps.json"


def last_inputs(settings: Settings) -> dict[str, str]:
    """Return, by step, the fingerprint of its last successful run."""
    try:
        content = json.loads(_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remember_inputs(settings: Settings, step: str, fingerprint: str) -> None:
    """Record that a step succeeded on these inputs; replaced in one move."""
    file = _file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = last_inputs(settings) | {step: fingerprint}
    written = file.with_suffix(".new")
    written.write_text(json.dumps(content, indent=1), encoding="utf-8")
    written.replace(file)
