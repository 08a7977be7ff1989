"""What a line of the event log becomes: the columns of ``raw_events``.

Nested JSON stays one column and is opened in staging: that is what keeps the load as
fast as the disk allows, and a new property from needing a new column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

ColumnType = Literal["text", "json", "timestamp", "bigint"]
_SQL_TYPES = {"timestamp": "timestamp with time zone", "bigint": "bigint"}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a line.

    Attributes:
        name: The column.
        field: The line's own name of it.
        data_type: dlt's name of the type; what cannot be cast becomes null.
    """

    name: str
    field: str
    data_type: ColumnType = "text"


@dataclass(frozen=True, slots=True)
class EventTable:
    """One topic of the log and the table that it lands in.

    Attributes:
        topic: The log's topic.
        name: The table in ``raw_events``.
        columns: The first one is the key that every line has.
    """

    topic: str
    name: str
    columns: tuple[Column, ...]

    def dlt_columns(self) -> dict[str, Any]:
        """Return the declared types, so that an empty table has all its columns."""
        types = {column.name: str(column.data_type) for column in self.columns}
        types |= {"log_partition": "text", "log_offset": "bigint"}
        types |= {"loaded_at": "timestamp", "_dlt_id": "text"}
        return {name: {"data_type": kind} for name, kind in types.items()}

    def query(self, relation: str) -> str:
        """Return the query that takes every field of a line in one pass.

        Args:
            relation: Has the columns ``line`` and ``log_offset``; the query's
                parameters are the partition and the landing time.
        """
        texts = [each for each in self.columns if each.data_type != "json"]
        nested = [each for each in self.columns if each.data_type == "json"]
        return (
            f"select {', '.join(_taken(self.columns, texts, nested))},"  # noqa: S608
            " $partition as log_partition, log_offset, $loaded_at as loaded_at,"
            " concat_ws(':', $partition, log_offset) as _dlt_id"
            f" from (select json_extract_string(line, {_paths(texts)}) as texts,"
            f" json_extract(line, {_paths(nested)}) as nested, log_offset"
            f" from {relation})"
        )


def _paths(columns: Sequence[Column]) -> str:
    return str([f"$.{column.field}" for column in columns])


def _taken(
    columns: Sequence[Column], texts: Sequence[Column], nested: Sequence[Column]
) -> Iterator[str]:
    for column in columns:
        if column.data_type == "json":
            # an explicit null in the line is an absent value
            value = (
                f"nullif(cast(nested[{nested.index(column) + 1}] as varchar), 'null')"
            )
        else:
            value = f"texts[{texts.index(column) + 1}]"
        if column.data_type in _SQL_TYPES:
            value = f"try_cast({value} as {_SQL_TYPES[column.data_type]})"
        yield f'{value} as "{column.name}"'


def _columns(data_type: ColumnType, names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name, _camel_case(name), data_type) for name in names)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


EVENTS = EventTable(
    "accepted",
    "events",
    (
        *_columns("text", ("message_id", "type", "event", "name", "source_id")),
        *_columns("text", ("anonymous_id", "user_id", "previous_id", "group_id")),
        *_columns("timestamp", ("original_timestamp", "sent_at", "received_at")),
        *_columns("timestamp", ("timestamp",)),
        *_columns("json", ("context", "properties", "traits", "integrations")),
        *_columns("json", ("violations",)),
        *_columns("text", ("channel",)),
    ),
)
QUARANTINE = EventTable(
    "quarantine",
    "quarantine",
    (
        *_columns("text", ("quarantine_id",)),
        *_columns("timestamp", ("received_at",)),
        *_columns("text", ("source_id", "message_id", "type", "event", "reason")),
        *_columns("json", ("violations", "body")),
    ),
)
DELIVERIES = EventTable(
    "deliveries",
    "deliveries",
    (
        *_columns("text", ("delivery_id", "destination", "connection", "message_id")),
        *_columns("text", ("event", "status", "reason")),
        *_columns("bigint", ("http_status", "attempt")),
        *_columns("timestamp", ("attempted_at",)),
    ),
)
EVENT_TABLES = (EVENTS, QUARANTINE, DELIVERIES)
