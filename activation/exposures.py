"""The workspace's syncs: dbt exposures with ``config.meta.sync``.

A sync stands beside the model that it ships, so that it has lineage, an owner and a
review, and ``dbt docs`` ends at the destination's fields.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from activation.syncs.declaration import SyncMeta, read_meta
from activation.syncs.declared_rows import model_of, query_of
from activation.syncs.mapping import FieldMapping
from cdp.errors import Misconfigured
from cdp.quoting import quoted
from cdp.settings import Settings


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync.

    Attributes:
        name: The exposure's name.
        meta: What it says.
        schema: Where dbt built the model; empty where there is none.
        table: The model's name there.
        query: SQL to read rows with instead, its references resolved.
        parents: The models that it depends on, by dbt's unique ids.
    """

    name: str
    meta: SyncMeta
    schema: str
    table: str
    query: str = ""
    parents: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """The model, quoted for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def fields(self) -> FieldMapping:
        """The mapping, ready to use."""
        place = f"exposure {self.name}: config.meta.sync.mapping"
        return FieldMapping(self.meta.mapping, place)


@dataclass(frozen=True, slots=True)
class Declared:
    """Syncs as dbt's manifest declares them.

    Attributes:
        syncs: Those that can be read, after those whose ids they look up; else as they
            are declared.
        problems: By name, why others cannot.
    """

    syncs: list[Sync]
    problems: dict[str, Misconfigured]


def load_syncs(settings: Settings, names: Sequence[str] | None = None) -> list[Sync]:
    """Return the syncs that dbt's manifest declares, or the named ones.

    Raises:
        Misconfigured: There is no manifest or no such sync, or one is not complete.
    """
    declared = read_syncs(settings, names)
    for problem in declared.problems.values():
        raise problem
    return declared.syncs


def read_syncs(settings: Settings, names: Sequence[str] | None = None) -> Declared:
    """Return all that can be read of the manifest's syncs, or of the named ones.

    Raises:
        Misconfigured: There is no manifest or no such sync.
    """
    manifest = _read_manifest(settings)
    known = {
        str(exposure["name"]): (exposure, declared)
        for exposure in manifest.get("exposures", {}).values()
        if (declared := _declared(exposure)) is not None
    }
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise Misconfigured(
            f"there is no sync {unknown[0]!r}",
            place=str(settings.dbt_target_dir / "manifest.json"),
            fix=f"Use one of {', '.join(known) or 'none'}, or run `dbt parse` again",
        )
    syncs, problems = [], {}
    for name in names or known:
        try:
            sync = _read_sync(*known[name], manifest["nodes"])
            _check_lookups(sync, known)
        except Misconfigured as error:
            problems[name] = error
        else:
            syncs.append(sync)
    return Declared(_in_order(syncs), problems)


def _check_lookups(sync: Sync, known: Collection[str]) -> None:
    for lookup in sync.fields.lookups:
        if lookup.sync not in known:
            raise Misconfigured(
                f"there is no sync {lookup.sync!r} to look ids up in",
                place=f"exposure {sync.name}: config.meta.sync.mapping",
                fix=f"Use one of {', '.join(known)}",
            )


def _in_order(syncs: Sequence[Sync]) -> list[Sync]:
    """Return syncs after those whose ids they look up; else as they are declared."""
    known = {sync.name: sync for sync in syncs}
    needs = {
        name: [one.sync for one in sync.fields.lookups if one.sync in known]
        for name, sync in known.items()
    }
    try:
        return [known[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError:  # each waits for the other: some rows go in the next run
        return list(syncs)


@dataclass(frozen=True, slots=True)
class DeclaredSync:
    """A sync as far as it can be read, complete or not.

    Attributes:
        name: The exposure's name.
        destination: The destination that it names; empty where it names none.
        file: Where it stands, relative to the project.
    """

    name: str
    destination: str
    file: str


def declared_syncs(settings: Settings) -> tuple[DeclaredSync, ...] | None:
    """Return the syncs of dbt's manifest; None where there is no manifest yet."""
    try:
        manifest = _read_manifest(settings)
    except Misconfigured:
        return None
    found = []
    for exposure in manifest.get("exposures", {}).values():
        declared = _declared(exposure)
        if declared is not None:
            named = declared if isinstance(declared, Mapping) else {}
            destination = str(named.get("destination") or "")
            file = str(exposure.get("original_file_path") or "")
            found.append(DeclaredSync(str(exposure["name"]), destination, file))
    return tuple(found)


def _read_manifest(settings: Settings) -> dict[str, Any]:
    file = settings.dbt_target_dir / "manifest.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise Misconfigured(
            "there is no readable dbt manifest",
            place=str(file),
            fix="Run `dbt build` (or `dbt parse`) first",
        ) from error


def _declared(exposure: Mapping[str, Any]) -> Any:
    for place in (exposure.get("config") or {}, exposure):
        meta = place.get("meta") or {}
        if "sync" in meta:
            return meta["sync"]
    return None


def _read_sync(
    exposure: Mapping[str, Any], declared: Any, nodes: Mapping[str, Mapping[str, Any]]
) -> Sync:
    place = f"exposure {exposure['name']}: config.meta.sync"
    meta = read_meta(declared, place)
    if not meta.mapping:
        raise Misconfigured("no field is mapped", place=f"{place}.mapping")
    parents = tuple(exposure["depends_on"]["nodes"])
    named = [bool(one) for one in (meta.model, meta.query, meta.analysis, meta.source)]
    if sum(named) > 1:
        raise Misconfigured(
            "rows come from one place", place=place, fix="Name one of model, query, …"
        )
    name = exposure["name"]
    if meta.source is not None:
        sync = Sync(name, meta, "", "", parents=parents)
    elif meta.query or meta.analysis:
        query, read = query_of(meta, nodes, place)
        sync = Sync(name, meta, "", "", query, tuple(dict.fromkeys([*parents, *read])))
    else:
        model = model_of(meta, [nodes.get(parent) for parent in parents], place)
        sync = Sync(name, meta, model["schema"], model["alias"], parents=parents)
    _ = sync.fields  # a mapping that cannot be read is told now
    return sync
