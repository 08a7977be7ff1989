"""A problem of a workspace, and the rule that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import msgspec

from cdp.workspace_file import KeyPath, Place
from orchestration.check.workspace import Workspace

Severity = Literal["error", "warning"]
_MOST_NAMED = 12
_TOP = Place(1, 1)


class Problem(msgspec.Struct, frozen=True):
    """A problem as people and programs read it.

    Attributes:
        severity: An error stops a command; a warning is worth a look.
        code: Name of the rule.
        file: Relative to the project.
        line: From 1.
        column: From 1.
        message: What is wrong; never a secret's value.
        fix: What to write or do.
    """

    severity: Severity
    code: str
    file: str
    line: int
    column: int
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place in another file than ``headwater.yml``."""

    file: Path
    place: Place = _TOP


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    Attributes:
        path: Where in ``headwater.yml``.
        message: What is wrong, without the path.
        fix: What to write or do.
        is_of_value: It is the value that is wrong, not that the key stands there.
        elsewhere: Set where it is in another file.
        place: Set where the path alone does not say it.
    """

    path: KeyPath
    message: str
    fix: str
    is_of_value: bool = False
    elsewhere: Elsewhere | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: Its name.
        severity: What breaking it means.
        description: What holds where it is kept.
        find: Yields each place that breaks it.
        is_error_in_production: A warning that is an error for a workspace that serves.
    """

    code: str
    severity: Severity
    description: str
    find: Callable[[Workspace], Iterator[Finding]]
    is_error_in_production: bool = False


def fix_for(name: str, known: Iterable[str], otherwise: str = "Remove it") -> str:
    """Return what to write instead of a name that is not known."""
    names = [str(one) for one in known]
    near = get_close_matches(name, names, 1)
    if near:
        return f"Write {near[0]}"
    if not names:
        return otherwise
    more = ", …" if len(names) > _MOST_NAMED else ""
    return f"Use one of {', '.join(names[:_MOST_NAMED])}{more}"
