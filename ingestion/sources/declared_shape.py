"""A section of ``headwater.yml`` against the keys that its kind declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from cdp.workspace_file import KeyPath
from cdp.workspace_schema import Kind, Setting


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in the section of one source.

    Attributes:
        path: Where, below the source.
        message: What, without the path and without any value that may be a secret.
        fix: What to write instead.
    """

    path: KeyPath
    message: str
    fix: str


def shape_problems(section: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    """Yield the keys that are unknown or missing, and values of another shape."""
    keys = (Setting("kind", "Which kind it is."), *kind.all_settings())
    whole = Setting(kind.name, kind.description, kind="object", keys=keys)
    yield from _of_value(section, whole, ())


def near(name: str, known: Iterable[Any]) -> str:
    """Return what to write instead of a name that is not known."""
    names = [str(one) for one in known]
    found = get_close_matches(name, names, 1)
    if found:
        return f"Write {found[0]}"
    return f"Use one of {', '.join(names)}" if names else "Remove it"


def _of_value(value: Any, setting: Setting, path: KeyPath) -> Iterator[Problem]:
    is_mapping, kinds = isinstance(value, Mapping), {setting.kind, *setting.or_kinds}
    if is_mapping != ("object" in kinds) and (is_mapping or kinds == {"object"}):
        words = "one value" if is_mapping else "names and values"
        yield Problem(path, "this has another shape", f"Write {words}")
    elif kinds == {"list"} and not isinstance(value, list):
        yield Problem(path, "this is no list", "Write it as [one, another]")
    elif is_mapping and setting.keys:
        yield from _of_keys(value, setting, path)
    elif is_mapping and setting.each is not None:
        for name, inner in value.items():
            yield from _of_value(inner, setting.each, (*path, str(name)))
    elif setting.choices and value not in setting.choices:
        fix = near(str(value), setting.choices)
        yield Problem(path, "this is not one of its values", fix)


def _of_keys(
    value: Mapping[str, Any], setting: Setting, path: KeyPath
) -> Iterator[Problem]:
    known = {key.name: key for key in setting.keys}
    for name in map(str, value):
        if name not in known:
            left = [one for one in known if one not in value]
            yield Problem((*path, name), "this is not known", near(name, left))
    for name, key in known.items():
        if value.get(name) not in (None, "", [], {}):
            yield from _of_value(value[name], key, (*path, name))
        elif key.must_be_given:
            yield Problem(path, f"{name} is missing", f"Add {name}: …")
