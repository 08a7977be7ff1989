"""Records that leave a mirror while another one is the same record in the tool.

Two customers become one, or a member comes back under another key: the key leaves, the
address stays. To delete by the address would take out whoever has it now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from activation.exposures import Sync
from activation.plan import json_columns, planned_of
from activation.syncs.mapping import FieldRule
from activation.values import encode
from cdp.errors import Rejected
from cdp.quoting import literal

_READ_ROWS = 2000
Identity = Callable[[Mapping[str, Any]], str | None]


def keep_shared(connection: duckdb.DuckDBPyConnection, sync: Sync) -> int:
    """Let the ledger forget, and the tool keep, what another record stands for.

    Two records are one in the tool where they agree in the fields that it matches by:
    ``external_id_field``, else all of them.

    Args:
        connection: Has ``decided``, ``decided_records`` and ``gone``, all temporary.
        sync: Which sync.

    Returns:
        How many deletions of ``decided`` became ``forget``.
    """
    fields = [one.strip() for one in sync.meta.external_id_field.split(",")]
    fields = [one for one in fields if one in sync.meta.mapping]
    if any(_is_key(sync, one) for one in fields):
        return 0
    connection.execute(
        "create or replace temporary table leaving as"  # noqa: S608 - quoted
        f" select record_key, {_identity_in_sql('before', fields)} as identity"
        " from gone where identity is not null"
    )
    _keep_present(connection, sync, _identity_of(fields))
    connection.execute(
        f"""
        insert into kept_keys
        select leaving.record_key
        from ledger.sync_state as state
        inner join leaving on {_identity_in_sql("state.fields", fields)} = identity
        where state.sync_name = $sync
            and state.record_key not in (select record_key from gone)
            and state.record_key not in (
                select record_key from decided where action = 'update'
            )
        """,  # noqa: S608 - quoted
        {"sync": sync.name},
    )
    changed = connection.execute(
        "update decided set action = 'forget' where action = 'delete'"
        " and record_key in (select record_key from kept_keys)"
    ).fetchone()
    return int(changed[0]) if changed else 0


def _keep_present(
    connection: duckdb.DuckDBPyConnection, sync: Sync, identity: Identity
) -> None:
    """Collect in ``kept_keys`` what a record that is sent now stands for."""
    leaving = dict(
        connection.execute("select identity, record_key from leaving").fetchall()
    )
    found = connection.execute(
        "select * exclude (place) from decided_records"
        " where action in ('create', 'update')"
    )
    columns, mapping = sync.fields.columns, sync.fields
    structured = json_columns(found)
    kept = []
    while leaving and (rows := found.fetchmany(_READ_ROWS)):
        for row in rows:
            planned = planned_of(columns, structured, *row)
            try:
                record = mapping.record(planned.row, planned.before)
            except Rejected:
                continue
            key = leaving.get(identity({**(planned.before or {}), **record}))
            kept += [] if key is None else [key]
    connection.register("kept", pa.table({"record_key": pa.array(kept, pa.string())}))
    connection.execute("create or replace temporary table kept_keys as from kept")
    connection.unregister("kept")


def _is_key(sync: Sync, field: str) -> bool:
    """Whether the tool matches by our own key: then no two records are one."""
    declared = sync.meta.mapping.get(field)
    column = declared.column if isinstance(declared, FieldRule) else declared
    return column == sync.meta.key


def _identity_of(fields: list[str]) -> Identity:
    if not fields:
        return lambda record: encode(record).decode()
    return lambda record: _joined([_folded(record.get(field)) for field in fields])


def _joined(parts: list[str]) -> str | None:
    """Return them as one; None where one is empty: nothing is matched by nothing."""
    return encode(parts).decode() if all(parts) else None


def _folded(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else encode(value).decode()
    return text.strip().lower()


def _identity_in_sql(column: str, fields: list[str]) -> str:
    """Return the same as ``_identity_of`` for the ledger's JSON."""
    if not fields:
        return column
    paths = [literal(f"$.{msgspec.json.encode(field).decode()}") for field in fields]
    parts = [f"nullif(lower(trim({column} ->> {path})), '')" for path in paths]
    are_there = " and ".join(f"{part} is not null" for part in parts)
    joined = f"cast(to_json([{', '.join(parts)}]) as varchar)"
    return f"case when {are_there} then {joined} end"
