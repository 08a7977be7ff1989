"""What rules look at: the file, its declarations, and each value with its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdp.settings import REFERENCE, WORKSPACE_FILE, Settings
from cdp.workspace_file import KeyPath, LocatedDocument, read_located
from cdp.workspace_kinds import destination_kinds, source_kinds
from cdp.workspace_schema import Kind, Setting
from cdp.workspace_sections import workspace_setting

_KIND = Setting("kind", "Which kind it is.")


@dataclass(frozen=True, slots=True)
class Visit:
    """A value of the file and what is declared for it.

    Attributes:
        path: Where it stands.
        value: As written.
        setting: What is declared.
        keys: For an object with fixed keys: those; empty where any name may stand.
    """

    path: KeyPath
    value: Any
    setting: Setting
    keys: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as rules look at it.

    Attributes:
        settings: The workspace.
        located: ``headwater.yml`` with lines.
        visits: Every value that is declared, from the top.
    """

    settings: Settings
    located: LocatedDocument
    visits: tuple[Visit, ...]

    def named(self, section: str) -> dict[str, Mapping[str, Any]]:
        """Return the mappings of a section by name; other values are left out."""
        found = self.settings.document.get(section)
        if not isinstance(found, Mapping):
            return {}
        return {
            str(name): inner
            for name, inner in found.items()
            if isinstance(inner, Mapping)
        }

    def strings(self) -> Iterator[tuple[KeyPath, str]]:
        """Yield every text of the file with its path."""
        yield from _strings(self.located.document, ())

    def resolved(self, value: Any) -> Any:
        """Return a value with its references resolved; None where one is not set."""
        if not isinstance(value, str):
            return value
        environment = self.settings.environment
        for found in REFERENCE.finditer(value):
            if environment.get(found[1], found[2]) is None:
                return None
        return REFERENCE.sub(lambda one: environment.get(one[1], one[2]), value)

    def source_kind(self, name: str) -> Kind | None:
        """Return the kind of a source; None where either is not known."""
        return _kind(self.named("sources"), name, source_kinds())

    def destination_kind(self, name: str) -> Kind | None:
        """Return the kind of a destination; None where either is not known."""
        return _kind(self.named("destinations"), name, destination_kinds())


def open_workspace(settings: Settings) -> Workspace:
    """Return a workspace with its declarations beside its values.

    Raises:
        OSError: ``headwater.yml`` cannot be read.
        yaml.YAMLError: It is not YAML.
    """
    located = read_located(settings.project_dir / WORKSPACE_FILE)
    workspace = Workspace(settings, located, ())
    visits = _visits((), located.document, workspace_setting())
    return replace(workspace, visits=(*visits, *_own_settings(workspace)))


def items_of(value: Any) -> list[str]:
    """Return a list's items as text, or the one text; nothing for anything else."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return [value] if isinstance(value, str) else []


def _kind(
    sections: Mapping[str, Mapping[str, Any]], name: str, known: Mapping[str, Kind]
) -> Kind | None:
    return known.get(str(sections.get(name, {}).get("kind")))


def _strings(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index))


def _visits(path: KeyPath, value: Any, setting: Setting) -> Iterator[Visit]:
    keys = _keys_of(value, setting)
    yield Visit(path, value, setting, keys)
    if isinstance(value, Mapping):
        declared = {key.name: key for key in keys}
        for name, inner in value.items():
            key = declared.get(str(name), setting.each if not keys else None)
            if key is not None:
                yield from _visits((*path, str(name)), inner, key)
    elif isinstance(value, list):
        each = setting.each or replace(setting, kind="string", or_kinds=(), keys=())
        for index, inner in enumerate(value):
            yield from _visits((*path, index), inner, each)


def _keys_of(value: Any, setting: Setting) -> tuple[Setting, ...]:
    if not setting.kinds or not isinstance(value, Mapping):
        return tuple(setting.keys)
    for kind in setting.kinds:
        if kind.name == value.get("kind"):
            return (_KIND, *kind.all_settings())
    return ()


def _own_settings(workspace: Workspace) -> Iterator[Visit]:
    """Yield what connections set for their destination, by what its kind declares."""
    for name, connection in workspace.named("connections").items():
        own = connection.get("settings")
        kind = workspace.destination_kind(str(connection.get("destination")))
        if kind is None or not isinstance(own, Mapping):
            continue
        keys = tuple(replace(one, is_required=False) for one in kind.all_settings())
        setting = Setting("settings", kind.description, kind="object", keys=keys)
        yield from _visits(("connections", name, "settings"), own, setting)
