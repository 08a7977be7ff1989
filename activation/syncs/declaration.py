"""``config.meta.sync``: what a sync says of itself."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args

import msgspec

from activation.syncs.mapping import FieldRule, Write
from cdp.errors import Misconfigured

_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
_Count = Annotated[int, msgspec.Meta(ge=1)]
Mode = Literal["upsert", "insert", "update_only", "mirror", "append", "delete"]
# what the library says of a word that is none of those it knows, and where it stands
_UNKNOWN_WORD = re.compile(r"Invalid enum value '(.*)' - at `\$\.(?:.*\.)?(\w+)`")
_WORDS = {"mode": get_args(Mode), "write": get_args(Write)}


class Guards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a sync stop and ask.

    Attributes:
        max_changed_share: Of the records that the destination has from us, the share
            that one run may change or find gone from the model.
        max_deleted_share: The share of them that one run may delete.
        max_rows: Records that one run may send.
        min_rows: Rows that the model has at least.
    """

    max_changed_share: _Share | None = None
    max_deleted_share: _Share | None = None
    max_rows: _Count | None = None
    min_rows: _Count | None = None


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody is told about after a run.

    Attributes:
        failed_share: Of the records of a run, the share that may be refused.
        stale_hours: Hours that may pass since the last complete run.
        volume: Whether a run that sends far more or less than usual is told.
    """

    failed_share: _Share = 0.05
    stale_hours: Annotated[float, msgspec.Meta(gt=0)] | None = None
    volume: bool = True


class PostgresSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of another database.

    Attributes:
        postgres: Environment variable that holds its address.
        query: What is asked there.
    """

    postgres: str
    query: str


class SyncMeta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``config.meta.sync`` as it is written.

    Attributes:
        destination: Key of ``destinations`` in ``headwater.yml``.
        object: Which of the tool's objects.
        key: The column that identifies a record.
        mapping: By field of the destination, a column or a rule.
        mode: What is created, changed and deleted: see ``docs/sync.md``.
        model: The model; may be left out where the exposure depends on one only.
        query: SQL on the warehouse, instead of a model.
        analysis: A file of ``analyses/``, instead of a model.
        source: Another database, instead of a model.
        external_id_field: The field that the tool matches records by.
        ask_again_hours: Under ``update_only``, hours after which the tool is asked
            again for a record that it lacked.
        guards: What makes it stop and ask.
        alerts: What somebody is told about.
    """

    destination: str
    object: str
    key: str
    mapping: dict[str, str | FieldRule]
    mode: Mode = "upsert"
    model: str = ""
    query: str = ""
    analysis: str = ""
    source: PostgresSource | None = None
    external_id_field: str = ""
    # a daily run asks each day, though it may begin a little earlier than the last
    ask_again_hours: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    guards: Guards = Guards()
    alerts: Alerts = Alerts()


def read_meta(declared: Any, place: str) -> SyncMeta:
    """Return what a sync says of itself.

    Args:
        declared: As dbt read it.
        place: Where it is written, for errors.

    Raises:
        Misconfigured: It is not complete, or says what is not understood.
    """
    try:
        return msgspec.convert(declared, SyncMeta)
    except msgspec.ValidationError as error:
        found = _UNKNOWN_WORD.fullmatch(str(error))
        if found is None or found[2] not in _WORDS:
            raise Misconfigured(str(error), place=place) from error
        word, name = found.groups()
        known = ", ".join(_WORDS[name])
        near = get_close_matches(word, _WORDS[name], 1)
        raise Misconfigured(
            f"there is no {name} {word!r}",
            place=f"{place}.{name}" if name == "mode" else f"{place}.mapping",
            fix=f"Write {near[0]}; there are {known}"
            if near
            else f"Use one of {known}",
        ) from error
