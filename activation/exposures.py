"""The workspace's syncs: dbt exposures with ``config.meta.sync``.

A sync stands beside the model that it ships, so that it has lineage, an owner and a
review, and ``dbt docs`` ends at the destination's fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from cdp.errors import Misconfigured
from cdp.settings import Settings

_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]


class Guards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a sync stop and ask.

    Attributes:
        max_changed_share: Of the records that the destination has from us, the share
            that one run may change or find gone from the model.
    """

    max_changed_share: _Share | None = None


class SyncMeta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``config.meta.sync`` as it is written.

    Attributes:
        destination: Key of ``destinations`` in ``headwater.yml``.
        object: Which of the tool's objects.
        key: The model's column that identifies a record.
        mapping: Column of the model by field of the destination.
        mode: ``upsert``: create or change; nothing is deleted.
        model: The model; may be left out where the exposure depends on one only.
        external_id_field: The field that the tool matches records by.
        guards: What makes it stop and ask.
    """

    destination: str
    object: str
    key: str
    mapping: dict[str, str]
    mode: Literal["upsert"] = "upsert"
    model: str = ""
    external_id_field: str = ""
    guards: Guards = Guards()


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync.

    Attributes:
        name: The exposure's name.
        meta: What it says.
        schema: Where dbt built the model.
        table: The model's name there.
    """

    name: str
    meta: SyncMeta
    schema: str
    table: str

    @property
    def relation(self) -> str:
        """The model, quoted for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"


def quoted(name: str) -> str:
    """Return a name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def load_syncs(settings: Settings, names: Sequence[str] | None = None) -> list[Sync]:
    """Return the syncs that dbt's manifest declares, or the named ones.

    Raises:
        Misconfigured: There is no manifest or no such sync, or one is not complete.
    """
    manifest = _read_manifest(settings)
    syncs = [
        _read_sync(exposure, declared, manifest["nodes"])
        for exposure in manifest.get("exposures", {}).values()
        if (declared := _declared(exposure)) is not None
    ]
    known = {sync.name: sync for sync in syncs}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise Misconfigured(
            f"there is no sync {unknown[0]!r}",
            place=str(settings.dbt_target_dir / "manifest.json"),
            fix=f"Use one of {', '.join(known) or 'none'}, or run `dbt parse` again",
        )
    return [known[name] for name in names] if names else syncs


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
    try:
        meta = msgspec.convert(declared, SyncMeta)
    except msgspec.ValidationError as error:
        raise Misconfigured(str(error), place=place) from error
    models = [
        node
        for node in (nodes.get(name) for name in exposure["depends_on"]["nodes"])
        if node is not None and meta.model in {"", node["name"]}
    ]
    if len(models) != 1:
        raise Misconfigured(
            f"it is not clear which of {len(models)} models is synced",
            place=f"{place}.model",
            fix="Name one model that the exposure depends on",
        )
    if not meta.mapping:
        raise Misconfigured("no field is mapped", place=f"{place}.mapping")
    model = models[0]
    return Sync(exposure["name"], meta, model["schema"], model["alias"])
