"""Problems as text for people, as JSON for programs, as annotations for a review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from orchestration.check.problem import Problem


def counts(problems: Sequence[Problem]) -> tuple[int, int]:
    """Return how many errors and how many warnings there are."""
    errors = sum(one.severity == "error" for one in problems)
    return errors, len(problems) - errors


def as_text(problems: Sequence[Problem]) -> str:
    """Return two lines a problem, and a last line with the counts."""
    errors, warnings = counts(problems)
    lines = [
        f"{one.file}:{one.line}:{one.column}: {one.severity}: {one.message}"
        f" [{one.code}]\n    {one.fix}"
        for one in problems
    ]
    return "\n".join(
        [*lines, f"{_many(errors, 'error')}, {_many(warnings, 'warning')}"]
    )


def as_json(problems: Sequence[Problem]) -> str:
    """Return counts and problems as one JSON object."""
    errors, warnings = counts(problems)
    report = {"errors": errors, "warnings": warnings, "problems": problems}
    return msgspec.json.format(msgspec.json.encode(report)).decode()


def as_github(problems: Sequence[Problem]) -> str:
    """Return workflow commands that annotate the lines of a pull request.

    Source: "Workflow commands for GitHub Actions", setting an error message; values
    escape ``%``, line breaks, and, in properties, ``:`` and ``,``.
    """
    return "\n".join(
        f"::{one.severity} file={_property(one.file)},line={one.line},"
        f"col={one.column},title={_property(one.code)}::"
        f"{_escaped(f'{one.message}. {one.fix}')}"
        for one in problems
    )


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}
