"""A sync runs only on models that dbt has built and whose tests have passed.

dbt keeps the results of its last command only. What each node came to is remembered
here across commands, so that a build of a part does not forget the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from activation.exposures import Sync
from cdp.settings import Settings

_GOOD = frozenset({"success", "pass", "warn"})
_BUILDING = frozenset({"build", "run", "test", "retry"})


class Result(msgspec.Struct, frozen=True):
    """What dbt last said of a node.

    Attributes:
        status: In dbt's words.
        ended_at: When, ISO 8601 in UTC.
        checksum: Of the node's code then; empty where dbt has parsed again since.
    """

    status: str
    ended_at: str
    checksum: str = ""


def remember_results(settings: Settings) -> dict[str, Result]:
    """Add the results of dbt's last command to what is remembered; return all."""
    file = settings.data_dir / "sync" / "dbt_results.json"
    known = _read(file, dict[str, Result]) or {}
    results = _read(settings.dbt_target_dir / "run_results.json", dict[str, Any]) or {}
    if results.get("args", {}).get("which") not in _BUILDING:
        return known
    manifest = _read(settings.dbt_target_dir / "manifest.json", dict[str, Any]) or {}
    told = results["metadata"]
    is_same = told.get("invocation_id") == _metadata(manifest).get("invocation_id")
    nodes = manifest.get("nodes", {}) if is_same else {}
    news = {
        one["unique_id"]: Result(
            one["status"], told["generated_at"], _checksum(nodes, one["unique_id"])
        )
        for one in results["results"]
    }
    if any(_is_newer(result, known.get(name)) for name, result in news.items()):
        known |= {
            name: result
            for name, result in news.items()
            if _is_newer(result, known.get(name))
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(known))
        new.replace(file)
    return known


def reason_to_withhold(settings: Settings, sync: Sync) -> str:
    """Return why a sync must not run on what dbt has built; empty where it may."""
    results = remember_results(settings)
    manifest = _read(settings.dbt_target_dir / "manifest.json", dict[str, Any]) or {}
    nodes = manifest.get("nodes", {})
    for parent in sync.parents:
        if not parent.startswith("model."):
            continue
        reason = _reason(parent, nodes, results)
        if reason:
            return reason
    return ""


def _reason(model: str, nodes: Mapping[str, Any], results: Mapping[str, Result]) -> str:
    name = model.rsplit(".", 1)[-1]
    built = results.get(model)
    if built is None:
        return f"dbt has not built {name}"
    if built.status not in _GOOD:
        return f"dbt could not build {name} ({built.status})"
    if built.checksum != _checksum(nodes, model):
        return f"{name} has changed since dbt built it"
    for test in _tests_of(model, nodes):
        result = results.get(test)
        if result is None or result.ended_at < built.ended_at:
            return f"test {nodes[test]['name']} has not run since {name} was built"
        if result.status not in _GOOD:
            return f"test {nodes[test]['name']} did not pass ({result.status})"
    return ""


def _tests_of(model: str, nodes: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, node in nodes.items()
        if node.get("resource_type") in {"test", "unit_test"}
        and model in node.get("depends_on", {}).get("nodes", ())
    ]


def _is_newer(result: Result, known: Result | None) -> bool:
    return known is None or result.ended_at > known.ended_at


def _checksum(nodes: Mapping[str, Any], name: str) -> str:
    checksum = nodes.get(name, {}).get("checksum") or {}
    return str(checksum.get("checksum", ""))


def _metadata(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = manifest.get("metadata", {})
    return found


def _read(file: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None
