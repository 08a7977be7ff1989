"""``cdp plan lint``: the rules of single files, and those that compare files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import msgspec
import yaml

from cdp.errors import Misconfigured, Rejected
from cdp.plan_files import Document, documents_at, files_of
from cdp.plan_rules import Finding, findings_of
from cdp.plan_shape import faults_of
from cdp.tracking_plan import load_plan
from cdp.workspace_file import LocatedDocument, read_located

_LINE = re.compile(r"line (\d+)")


class Problem(msgspec.Struct, frozen=True, order=True):
    """A finding with its place.

    Attributes:
        file: Path from the checkout.
        line: Counted from 1.
        severity: error or warning.
        code: A short name of the rule.
        message: What is wrong.
        fix: What to write instead.
    """

    file: str
    line: int
    severity: str
    code: str
    message: str
    fix: str


def lint(folder: Path, base: str | None = "HEAD") -> list[Problem]:
    """Return all that is wrong with a plan, by file and line.

    Args:
        folder: ``tracking_plan/`` of a project.
        base: Revision of git that versions must have grown since; None for no such
            comparison.

    Raises:
        Rejected: There is no such revision.
    """
    located: dict[str, tuple[Path, LocatedDocument]] = {}
    problems: list[Problem] = []
    for file in files_of(folder):
        try:
            located[file.stem] = (file, _read(file))
        except (OSError, ValueError, yaml.YAMLError) as error:
            problems.append(_unreadable(folder, file, error))
    documents = {name: found.document for name, (_, found) in located.items()}
    faults = {name: _faults(document) for name, document in documents.items()}
    whole = {name: each for name, each in documents.items() if not faults[name]}
    findings = [(name, each) for name in faults for each in faults[name]]
    for name, finding in (*findings, *_findings(whole, _before(folder, base))):
        file, found = located[name]
        line = found.place(finding.path).line
        problems.append(_problem(folder, file, line, finding))
    if not any(problem.severity == "error" for problem in problems):
        problems += _refusal(folder)
    return sorted(set(problems))


def _read(file: Path) -> LocatedDocument:
    found = read_located(file)
    if not isinstance(found.document, dict):
        raise yaml.YAMLError("expected a mapping")
    return found


def _faults(document: Document) -> list[Finding]:
    return [
        Finding("error", "shape", each.path, each.message, each.fix)
        for each in faults_of(document)
    ]


def _before(folder: Path, base: str | None) -> Mapping[str, Document]:
    if base is None:
        return {}
    try:
        return documents_at(folder, base)
    except Misconfigured:
        return {}  # it was broken then; there is nothing to compare with


def _findings(
    documents: Mapping[str, Document], before: Mapping[str, Document]
) -> Iterator[tuple[str, Finding]]:
    for name, document in documents.items():
        for finding in findings_of(name, document):
            yield name, finding
        old = before.get(name)
        if old is not None and old != document:
            yield from _version_stands(name, old, document)
    for first, second in combinations(sorted(documents), 2):
        why = _alike(first, second)
        if why:
            message = f"{second!r} and {first!r} {why}"
            fix = "Keep one; make the other an alias of it"
            yield second, Finding("error", "near_duplicate", ("name",), message, fix)


def _version_stands(
    name: str, old: Document, new: Document
) -> Iterator[tuple[str, Finding]]:
    was, now = old.get("version"), new.get("version")
    if isinstance(was, int) and isinstance(now, int) and now <= was:
        message = f"the file has changed, and its version is {now} still"
        fix = f"Write version: {was + 1}"
        yield name, Finding("error", "version", ("version",), message, fix)


def _alike(first: str, second: str) -> str:
    if _plain(first) == _plain(second):
        return "are one name but for numbers, plurals or signs"
    return "differ in one letter" if _is_one_apart(first, second) else ""


def _plain(name: str) -> str:
    """Return ``newsletter`` for ``newsletter_1`` and ``Newsletters``."""
    words = re.split(r"[^a-z]+", name.lower())
    return "".join(word.removesuffix("s") for word in words)


def _is_one_apart(first: str, second: str) -> bool:
    """Whether one letter was changed, added or left out."""
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    rest = short[start + (len(short) == len(long)) :]
    return rest == long[start + 1 :]


def _refusal(folder: Path) -> list[Problem]:
    try:
        load_plan(folder)
    except Misconfigured as error:
        file, _, _ = error.place.partition(": ")
        shown = _from_checkout(folder, Path(file))
        fix = error.fix or "Put the file right"
        return [Problem(shown, 1, "error", "refused", error.message, fix)]
    return []


def _unreadable(folder: Path, file: Path, error: Exception) -> Problem:
    found = _LINE.search(str(error))
    line = int(found[1]) if found and isinstance(error, yaml.YAMLError) else 1
    message = f"cannot be read: {str(error).splitlines()[0]}"
    finding = Finding("error", "unreadable", (), message, "Write a YAML mapping")
    return _problem(folder, file, line, finding)


def _problem(folder: Path, file: Path, line: int, finding: Finding) -> Problem:
    return Problem(
        _from_checkout(folder, file),
        line,
        finding.severity,
        finding.code,
        finding.message,
        finding.fix,
    )


def _from_checkout(folder: Path, file: Path) -> str:
    return file.as_posix().removeprefix(f"{folder.parent.as_posix()}/")


def is_in_git(folder: Path) -> bool:
    """Whether there is a revision to compare with."""
    try:
        documents_at(folder, "HEAD")
    except Rejected:
        return False
    except Misconfigured:
        return True
    return True
