"""Where a sync's rows come from: a model, a query on the warehouse, or PostgreSQL."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import psycopg

from activation.exposures import Sync
from activation.syncs.columns import types_of
from activation.syncs.mapping import lookup_column
from cdp.errors import Misconfigured, Unavailable
from cdp.quoting import literal, quoted
from cdp.settings import Settings

_STAGED = "sync_rows"
STAGED_ROWS = "rows_of_this_sync"
"""A view of the rows that were staged last."""
_TYPES = {
    16: "boolean",
    20: "bigint",
    21: "smallint",
    23: "integer",
    114: "json",
    700: "real",
    701: "double",
    1082: "date",
    1114: "timestamp",
    1184: "timestamptz",
    3802: "json",
}
_NUMERIC = 1700
# a record that was left because the tool has it is there as well
_KNOWN_IDS = (
    "select sync_name, record_key, remote_id from ledger.sync_state union all"
    " select sync_name, record_key, remote_id from ledger.sync_left"
    " where remote_id is not null"
)


def stage_rows(
    connection: duckdb.DuckDBPyConnection, sync: Sync, settings: Settings
) -> str:
    """Return a table to read a sync's rows from, as SQL writes it.

    A model that dbt built as a table is read where it stands; all else is read once
    into a temporary table.

    Raises:
        Misconfigured: The model has not been built, a column is missing, or the query
            cannot be run.
        Unavailable: The other database does not answer.
    """
    connection.execute(f"drop view if exists {STAGED_ROWS}")
    relation = _stage(connection, sync, settings)
    # what is shown of a plan reads the same rows again
    connection.execute(f"create temporary view {STAGED_ROWS} as from {relation}")
    return relation


def _stage(
    connection: duckdb.DuckDBPyConnection, sync: Sync, settings: Settings
) -> str:
    relation = _relation(connection, sync, settings)
    _check_columns(connection, sync, relation)
    if not sync.fields.lookups:
        return relation
    joins = []
    known = types_of(connection, relation)
    roots = {
        name if name in known else name.split(".")[0]
        for name in (sync.meta.key, *sync.fields.columns)
    }
    columns = [f"rows_of_sync.{quoted(name)}" for name in known if name in roots]
    for number, lookup in enumerate(sync.fields.lookups):
        columns.append(f"known_{number}.remote_id as {quoted(lookup_column(lookup))}")
        joins.append(
            f"left join ({_KNOWN_IDS}) as known_{number}"
            f" on known_{number}.sync_name = {literal(lookup.sync)}"
            f" and known_{number}.record_key"
            f" = cast(rows_of_sync.{quoted(lookup.key)} as varchar)"
        )
    selected, joined = ", ".join(columns), " ".join(joins)
    connection.execute(
        f"create or replace temporary table sync_rows_with_ids as select {selected}"  # noqa: S608
        f" from {relation} as rows_of_sync {joined}"
    )
    return "sync_rows_with_ids"


def _relation(
    connection: duckdb.DuckDBPyConnection, sync: Sync, settings: Settings
) -> str:
    if sync.meta.source is not None:
        _copy_from_postgres(connection, sync, settings)
        return _STAGED
    if sync.query:
        _run_query(connection, sync, sync.query)
        return _STAGED
    found = connection.execute(
        "select table_type from information_schema.tables"
        " where table_schema = ? and table_name = ?",
        [sync.schema, sync.table],
    ).fetchone()
    if found is None:
        raise Misconfigured(
            "the model has not been built",
            place=f"sync {sync.name}: {sync.schema}.{sync.table}",
            fix="Run `dbt build` first",
        )
    if found[0] == "VIEW":
        _run_query(connection, sync, f"select * from {sync.relation}")  # noqa: S608
        return _STAGED
    return sync.relation


def _run_query(connection: duckdb.DuckDBPyConnection, sync: Sync, query: str) -> None:
    place = f"sync {sync.name}: query"
    try:
        kinds = [one.type for one in connection.extract_statements(query)]
        if kinds != [duckdb.StatementType.SELECT]:
            raise Misconfigured(
                "a sync's query is one select",
                place=place,
                fix="Write one select, without others behind it",
            )
        connection.execute(
            f"create or replace temporary table {_STAGED} as {_without_end(query)}"
        )
    except duckdb.Error as error:
        said = str(error).split("\n", 1)[0]
        raise Misconfigured(f"the query cannot be run: {said}", place=place) from error


def _copy_from_postgres(
    connection: duckdb.DuckDBPyConnection, sync: Sync, settings: Settings
) -> None:
    source = sync.meta.source
    assert source is not None  # noqa: S101 - the caller has looked
    place = f"sync {sync.name}: source.postgres"
    url = settings.environment.get(source.postgres)
    if not url:
        raise Misconfigured(
            f"environment variable {source.postgres} is not set",
            place=place,
            fix=f"Export {source.postgres}: the address of the database",
        )
    query = _without_end(source.query)
    with tempfile.TemporaryDirectory(prefix="headwater-sync-") as folder:
        file = Path(folder) / "rows.csv"
        try:
            columns = _copy_to_file(url, query, file)
        except psycopg.OperationalError as error:
            raise Unavailable(
                f"the database does not answer ({type(error).__name__})", place=place
            ) from error
        except psycopg.Error as error:
            # its words may quote a value
            raise Misconfigured(
                f"the query cannot be run ({type(error).__name__})", place=place
            ) from error
        connection.execute(
            f"create or replace temporary table {_STAGED} as"  # noqa: S608
            " select * from read_csv($file, header = false, nullstr = '\\N',"
            " allow_quoted_nulls = false,"
            f" auto_detect = false, delim = ',', quote = '\"', columns = {columns})",
            {"file": str(file)},
        )


def _copy_to_file(url: str, query: str, file: Path) -> str:
    """Write a query's rows to a file; return DuckDB's types of its columns."""
    with psycopg.connect(url, connect_timeout=10) as database:
        database.read_only = True
        with database.cursor() as cursor:
            cursor.execute("set time zone 'UTC'")
            shape = f"select * from ({query}\n) as rows_of_query limit 0"  # noqa: S608
            cursor.execute(shape.encode())
            columns = ", ".join(
                f"{literal(one.name)}: '{_type_of(one)}'"
                for one in cursor.description or ()
            )
            copy = f"copy ({query}\n) to stdout (format csv, null '\\N')"
            with cursor.copy(copy.encode()) as chunks, file.open("wb") as handle:
                for chunk in chunks:
                    handle.write(chunk)
    return "{" + columns + "}"


def _type_of(column: psycopg.Column) -> str:
    if column.type_code == _NUMERIC:
        # money keeps its digits; where no scale is declared there is room for nine
        precision, scale = column.precision, column.scale
        fits = precision is not None and scale is not None and precision <= 38
        return f"decimal({precision}, {scale})" if fits else "decimal(38, 9)"
    return _TYPES.get(column.type_code, "varchar")


def _check_columns(
    connection: duckdb.DuckDBPyConnection, sync: Sync, relation: str
) -> None:
    known = types_of(connection, relation)
    staged = {lookup_column(lookup) for lookup in sync.fields.lookups}
    wanted = {sync.meta.key, *sync.fields.columns} - staged
    missing = {
        one for one in wanted if one not in known and one.split(".")[0] not in known
    }
    if missing:
        raise Misconfigured(
            f"the model has no column {', '.join(sorted(missing))}",
            place=f"exposure {sync.name}: config.meta.sync",
            fix="Map columns that the model has",
        )


def _without_end(query: str) -> str:
    return query.rstrip(" ;\n")
