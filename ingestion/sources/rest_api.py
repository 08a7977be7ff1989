"""Any REST API as a dlt source, declared in ``headwater.yml`` in dlt's own words.

A list is asked for what has changed since a while before the newest change that was
seen, or read whole where the tool cannot be asked so; rows are merged on their key. A
list below another is read with each record above that is new or changed. Deletes are
noticed by a field that marks them, or by listing all keys once a day.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dlt
import pyarrow as pa
from dlt.sources.helpers.rest_client.auth import APIKeyAuth

from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.collapse import largest_fall_of
from ingestion.pipeline import TableLoad
from ingestion.sources import rest
from ingestion.sources.deletions import Compared, mark_when_due
from ingestion.sources.rest_lists import Lists, is_over
from ingestion.sources.rest_tables import Reading, readings
from ingestion.sources.sql_types import DELETED_AT, column_name
from ingestion.sources.tables import ROWS_PER_LOAD, Document, State, resource

_COMMAND = secrets.token_hex(8)


def source(settings: Settings, *, name: str, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of one API of ``headwater.yml``.

    Args:
        settings: The workspace.
        name: The source's key.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The declaration is wrong, or a variable of it is not set.
    """
    lists = lists_of(settings, name)

    @dlt.source(name=name, max_table_nesting=0)
    def api() -> list[Any]:
        return [
            _resource(lists, reading, rows_per_load)
            for reading in lists.readings.values()
        ]

    return api()


def lists_of(settings: Settings, name: str) -> Lists:
    """Return the lists of one API of ``headwater.yml``.

    Raises:
        Misconfigured: The declaration is wrong, or a variable of it is not set.
    """
    found = readings(settings, name)
    section = settings.section(f"sources.{name}")
    given, headers = section.get("auth") or {}, section.get("headers") or {}
    auth: Any = {key: value for key, value in given.items() if value is not None}
    client = rest.new_client(
        {
            "base_url": str(section["url"]),
            "headers": {key: str(value) for key, value in headers.items()},
            "auth": auth,
        }
    )
    is_param = auth.get("location") == "query"
    return Lists(
        client, found, str(auth.get("name") or APIKeyAuth.name) if is_param else ""
    )


def notice_deletes(
    settings: Settings, name: str, *, accept_collapse: bool = False
) -> list[TableLoad]:
    """Compare the keys of the tables that are due; the caller holds the turn.

    Returns:
        How many rows of each table were marked as deleted.

    Raises:
        Rejected: A table has lost more rows than may go; none of it was marked.
    """
    section = settings.section(f"sources.{name}")
    fall = largest_fall_of(section, f"{WORKSPACE_FILE}: sources.{name}")
    lists = lists_of(settings, name)
    marked: list[TableLoad] = []
    for reading in lists.readings.values():
        table = reading.table
        compared = Compared(name, table.name, (column_name(table.key),), fall)
        marked += mark_when_due(
            settings,
            compared,
            reading.compare,
            _keys(lists, reading),
            accept_collapse=accept_collapse,
        )
    return marked


def present(
    lists: Lists, reading: Reading, since: datetime | None = None
) -> Iterator[list[Document]]:
    """Yield the records of a list that are not deleted and have a key.

    Args:
        lists: The lists of the source.
        reading: The list.
        since: Ask for what has changed since then; None asks for all.
    """
    for documents in lists.listed(reading.name, since):
        yield [
            one
            for one in documents
            if one.get(DELETED_AT) is None and one.get(reading.table.key) is not None
        ]


def _keys(lists: Lists, reading: Reading) -> Iterator[pa.Table]:
    for documents in present(lists, reading):
        keys = [str(document[reading.table.key]) for document in documents]
        yield pa.table([pa.array(keys, pa.string())], ["key_0"])


def _resource(lists: Lists, reading: Reading, rows_per_load: int) -> Any:
    def read(state: State) -> Iterator[list[Document]]:
        if state.pop("is_read_by", None) == _COMMAND:
            return
        count = 0
        for documents in lists.rounds(reading.name, state):
            count += len(documents)
            if count >= rows_per_load and is_over(state):
                # a full load is followed by another one, though this round has ended
                state["is_read_by"] = _COMMAND
            yield documents

    return resource(reading.table, read, rows_per_load)
