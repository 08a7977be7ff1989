"""A production PostgreSQL as a dlt source, on dlt's own ``sql_database``.

Every table that has a cursor is read in its order, from a while before the newest
change (``keyset.py``); one without is read whole. Both are merged on the key. Deletes
are noticed by a column that marks them, or by comparing keys (``deletions.py``), and
land in ``_deleted_at``: nothing is removed from the warehouse.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dlt
import pyarrow as pa
import sqlalchemy as sa
from dlt.sources.sql_database import sql_table

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.collapse import largest_fall_of
from ingestion.pipeline import TableLoad
from ingestion.sources import arrow_contract
from ingestion.sources.contract import refused
from ingestion.sources.deletions import Compared, mark_when_due
from ingestion.sources.keyset import PAGE_ROWS, Keyset, loader
from ingestion.sources.spans import span
from ingestion.sources.sql_columns import is_wide, selected
from ingestion.sources.sql_types import DELETED_AT, column_name, kept_types, marked
from ingestion.sources.tables import ROWS_PER_LOAD

USUAL_CURSOR = "updated_at"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table is read.

    Attributes:
        table: The table, as the database shows it.
        keyset: Its order.
        deleted: The column that marks a deleted row.
        compare: How often keys are compared; None for never.
        total: The column that reconciliation adds up.
    """

    table: sa.Table
    keyset: Keyset
    deleted: str | None
    compare: timedelta | None
    total: str | None

    @property
    def name(self) -> str:
        """What the table is called in the warehouse."""
        return column_name(str(self.table.name))


@contextmanager
def connected(settings: Settings, name: str) -> Iterator[sa.Engine]:
    """Yield an engine of the database, closed afterwards.

    Raises:
        Misconfigured: A variable is missing, or the sign-in is refused.
        Unavailable: The database does not answer.
    """
    section = settings.section(f"sources.{name}")
    url = sa.URL.create(
        "postgresql+psycopg",
        username=str(section["user"]),
        password=section.get("password") or None,
        host=str(section["host"]),
        port=int(section.get("port", 5432)),
        database=str(section["database"]),
        query={"sslmode": str(section.get("sslmode", "prefer"))},
    )
    engine = sa.create_engine(
        url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10}
    )
    try:
        yield engine
    except sa.exc.OperationalError as error:
        place = f"{WORKSPACE_FILE}: sources.{name}"
        if "authentication failed" in str(error):
            raise Misconfigured("the sign-in is refused", place=place) from error
        raise Unavailable("the database does not answer", place=place) from error
    finally:
        engine.dispose()


def readings(settings: Settings, name: str, engine: sa.Engine) -> list[Reading]:
    """Return how each table is read.

    Raises:
        Misconfigured: A table or a column is not there.
    """
    section = settings.section(f"sources.{name}")
    schema, place = section.get("schema", "public"), f"{WORKSPACE_FILE}: sources.{name}"
    present = sa.inspect(engine).get_table_names(schema=schema)
    declared = section.get("tables") or present
    tables = declared if isinstance(declared, Mapping) else dict.fromkeys(declared)
    metadata, found = sa.MetaData(schema=schema), []
    for table, options in tables.items():
        if table not in present:
            raise Misconfigured(f"there is no table {schema}.{table}", place=place)
        with warnings.catch_warnings():
            # a type that SQLAlchemy does not know comes as text
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            reflected = sa.Table(
                table, metadata, autoload_with=engine, resolve_fks=False
            )
        found.append(_reading(reflected, options or {}, f"{place}.tables.{table}"))
    return found


def source(settings: Settings, *, name: str, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of one database of ``headwater.yml``.

    Args:
        settings: The workspace.
        name: The source's key.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: A variable, a table or a column is missing.
        Unavailable: The database does not answer.
    """
    known = arrow_contract.known_types(settings, f"raw_{name}")

    @dlt.source(name=name, max_table_nesting=0)
    def database() -> Any:
        with connected(settings, name) as engine:
            return [
                _resource(engine, reading, known.get(reading.name, {}), rows_per_load)
                for reading in readings(settings, name, engine)
            ]

    return database()


def _reading(table: sa.Table, options: Mapping[str, Any], place: str) -> Reading:
    usual = USUAL_CURSOR if USUAL_CURSOR in table.c else None
    cursor, deleted = options.get("cursor", usual), options.get("deleted")
    key = options.get("key") or [column.name for column in table.primary_key]
    key = (key,) if isinstance(key, str) else tuple(key)
    for column in (*key, cursor, deleted, options.get("sum")):
        if column is not None and column not in table.c:
            raise Misconfigured(f"there is no column {column}", place=place)
    if not key:
        cursor = None
    compare = str(options.get("compare", "never" if deleted or not key else "1d"))
    return Reading(
        table,
        Keyset(key, cursor, span(options.get("lag", "1h"), f"{place}.lag")),
        deleted,
        None if compare == "never" else span(compare, f"{place}.compare"),
        options.get("sum"),
    )


def _resource(
    engine: sa.Engine,
    reading: Reading,
    known: arrow_contract.Types,
    rows_per_load: int,
) -> Any:
    keyset = reading.keyset
    keys = tuple(column_name(name) for name in keyset.key)

    def fitted(page: pa.Table) -> Iterator[Any]:
        rows = marked(page, reading.deleted, keyset.cursor)
        rows, apart = arrow_contract.fit(rows, known, keys)
        if rows.num_rows:
            yield rows
        if apart:
            yield refused(reading.name, apart)

    merged: dict[str, Any] = {"write_disposition": "merge", "primary_key": keyset.key}
    table = sql_table(
        engine,
        table=str(reading.table.name),
        metadata=reading.table.metadata,
        backend="pyarrow",
        chunk_size=PAGE_ROWS,
        table_loader_class=loader(keyset, rows_per_load, fitted),
        **(merged if keyset.key else {"write_disposition": "replace"}),
    )
    columns: Any = table.columns
    deleted_at: Any = {DELETED_AT: {"data_type": "timestamp", "nullable": True}}
    wide = {
        column.name: {"data_type": "text", "precision": None, "scale": None}
        for column in filter(is_wide, reading.table.c)
    }
    kept = {**wide, **kept_types({**columns, **wide}, known), **deleted_at}
    table.apply_hints(table_name=reading.name, columns=kept)
    return table


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
    marked: list[TableLoad] = []
    with connected(settings, name) as engine:
        for reading in readings(settings, name, engine):
            key = [column_name(column) for column in reading.keyset.key]
            compared = Compared(name, reading.name, key, fall)
            marked += mark_when_due(
                settings,
                compared,
                reading.compare,
                _keys(engine, reading),
                accept_collapse=accept_collapse,
            )
    return marked


def _keys(engine: sa.Engine, reading: Reading) -> Iterator[pa.Table]:
    """Yield all keys as they are loaded: in another type they are written otherwise."""
    key = reading.keyset.key
    shown = {column.name: column for column in selected(reading.table, key)}
    columns = [shown[name] for name in key]
    names = [f"key_{index}" for index in range(len(key))]
    with engine.connect() as connection:
        rows = connection.execution_options(yield_per=PAGE_ROWS).execute(
            sa.select(*columns)
        )
        for page in rows.partitions():
            values = zip(*page, strict=True)
            yield pa.table([_column(each) for each in values], names)


def _column(values: Sequence[Any]) -> Any:
    try:
        return pa.array(values)
    except pa.ArrowInvalid:  # such as UUIDs, which are loaded as text
        return pa.array([None if one is None else str(one) for one in values])
