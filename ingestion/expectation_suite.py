"""What a source's tables must be like, read from ``expectation_suites/<kind>.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdp.errors import Misconfigured
from cdp.yaml_text import read_yaml

SUITES = Path(__file__).parent / "expectation_suites"
SEVERITIES = ("critical", "warning")
_KEYS = {"expectation", "arguments", "severity", "because"}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must hold for the rows of a new load.

    Attributes:
        expectation: Great Expectations' name of it.
        arguments: Its arguments, such as ``column`` and ``mostly``.
        severity: ``critical`` stops the pipeline, ``warning`` is only shown.
        because: Why it must hold.
    """

    expectation: str
    arguments: Mapping[str, Any]
    severity: str
    because: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are needed to evaluate it."""
        named = [self.arguments.get(key) for key in ("column", "column_A", "column_B")]
        several = self.arguments.get("column_list") or []
        return tuple(str(name) for name in [*named, *several] if name)


def read_suite(kind: str, folder: Path = SUITES) -> dict[str, list[Expectation]]:
    """Return the expectations by table; none where the kind has no file.

    Raises:
        Misconfigured: The file is malformed; the error names the entry.
    """
    path = folder / f"{kind}.yml"
    if not path.is_file():
        return {}
    document = read_yaml(path.read_text(encoding="utf-8"))
    tables = document.get("tables") if isinstance(document, dict) else None
    if not isinstance(tables, dict):
        raise Misconfigured("expected a mapping `tables`", place=str(path))
    return {
        table: [
            _expectation(entry, f"{path}: tables.{table}[{index}]")
            for index, entry in enumerate(entries or [])
        ]
        for table, entries in tables.items()
    }


def _expectation(entry: Any, place: str) -> Expectation:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise Misconfigured(
            f"an expectation has the keys {', '.join(sorted(_KEYS))}", place=place
        )
    if entry["severity"] not in SEVERITIES:
        raise Misconfigured(
            f"{entry['severity']!r} is no severity",
            place=place,
            fix=f"Use {' or '.join(SEVERITIES)}",
        )
    return Expectation(**entry)
