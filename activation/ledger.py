"""The sync ledger: tables of the warehouse that a person can query.

``ledger.sync_state`` is what each destination has from us, ``ledger.sync_runs`` one row
a run, ``ledger.sync_outcomes`` one row a record that was sent or refused,
``ledger.sync_left`` what a mode let be as the tool has it or lacks it,
``ledger.sync_alerts`` what somebody was told about.
"""

from __future__ import annotations

import re

import duckdb
import msgspec

from activation.exposures import Sync
from activation.journal import Journal
from cdp.errors import Misconfigured

KEY_HASH = "md5_number_lower({})"
"""Of a record's key, as SQL writes it: the same in every version of DuckDB."""
_TABLES = f"""
create schema if not exists ledger;
create table if not exists ledger.sync_state (
    sync_name varchar, record_key varchar, row_hash ubigint,
    delivered_at timestamp with time zone
);
alter table ledger.sync_state add column if not exists fields varchar;
alter table ledger.sync_state add column if not exists remote_id varchar;
alter table ledger.sync_state add column if not exists key_hash ubigint;
update ledger.sync_state set key_hash = {KEY_HASH.format("record_key")}
    where key_hash is null;
create table if not exists ledger.sync_runs (
    run_id varchar, sync_name varchar,
    started_at timestamp with time zone, ended_at timestamp with time zone,
    created_count bigint, updated_count bigint, unchanged_count bigint,
    delivered_count bigint, rejected_count bigint, retry_count bigint
);
alter table ledger.sync_runs add column if not exists deleted_count bigint;
alter table ledger.sync_runs add column if not exists left_count bigint;
create table if not exists ledger.sync_outcomes (
    run_id varchar, sync_name varchar, record_key varchar, status varchar,
    reason varchar, attempted_at timestamp with time zone
);
alter table ledger.sync_outcomes add column if not exists action varchar;
alter table ledger.sync_outcomes add column if not exists row_hash ubigint;
create table if not exists ledger.sync_left (
    sync_name varchar, record_key varchar, row_hash ubigint, mode varchar,
    matched_by varchar, reason varchar, remote_id varchar,
    left_at timestamp with time zone
);
create table if not exists ledger.sync_objects (
    sync_name varchar, destination varchar, object_name varchar
);
create table if not exists ledger.sync_alerts (
    run_id varchar, sync_name varchar, kind varchar, message varchar,
    raised_at timestamp with time zone
);
"""  # noqa: S608 - a constant
_READ = """
create or replace temporary table outcomes as
select * from read_json(
    $file, format = 'newline_delimited', columns = {
        key: 'varchar', hash: 'ubigint', action: 'varchar', status: 'varchar',
        reason: 'varchar', remote_id: 'varchar', fields: 'varchar',
        attempted_at: 'timestamptz'
    }
)
where status is not null
"""
_LEAVE = """
delete from ledger.sync_left
where sync_name = $sync_name
    and record_key in (select key from outcomes where status in ('delivered', 'left'));
insert into ledger.sync_left by name
select
    $sync_name as sync_name, key as record_key, hash as row_hash, $mode as mode,
    $matched_by as matched_by, reason, remote_id, attempted_at as left_at
from outcomes
where status = 'left';
-- what the tool has lost since it took it is not there any more
delete from ledger.sync_state
where sync_name = $sync_name
    and record_key in (select key from outcomes where status = 'left');
"""
_PARAMETER = re.compile(r"\$(\w+)")
# merging the same journal a second time changes nothing
_MERGE = f"""
delete from ledger.sync_runs where run_id = $run_id;
delete from ledger.sync_outcomes where run_id = $run_id;
insert into ledger.sync_outcomes by name
select
    $run_id as run_id, $sync_name as sync_name, key as record_key, status, reason,
    attempted_at, action, hash as row_hash
from outcomes
where action is distinct from 'forget';
create or replace temporary table settled as
select
    outcomes.*, coalesce(outcomes.remote_id, known.remote_id) as known_remote_id
from outcomes
left join (
    select record_key, remote_id from ledger.sync_state where sync_name = $sync_name
) as known on outcomes.key = known.record_key
where outcomes.status = 'delivered';
delete from ledger.sync_state
where sync_name = $sync_name and record_key in (select key from settled);
insert into ledger.sync_state by name
select
    $sync_name as sync_name, key as record_key, hash as row_hash,
    attempted_at as delivered_at, fields, known_remote_id as remote_id,
    {KEY_HASH.format("key")} as key_hash
from settled
where action is distinct from 'forget'
    and (action is distinct from 'delete' or hash is not null);
delete from ledger.sync_objects where sync_name = $sync_name;
insert into ledger.sync_objects values ($sync_name, $destination, $object_name);
insert into ledger.sync_runs by name
select
    $run_id as run_id, $sync_name as sync_name,
    cast($started_at as timestamptz) as started_at,
    cast($ended_at as timestamptz) as ended_at,
    $created_count as created_count, $updated_count as updated_count,
    $deleted_count as deleted_count, $unchanged_count as unchanged_count,
    count(*) filter (
        status = 'delivered' and action is distinct from 'forget'
    ) as delivered_count,
    count(*) filter (status = 'rejected') as rejected_count,
    count(*) filter (status in ('retry', 'misconfigured')) as retry_count,
    count(*) filter (status = 'left') as left_count
from outcomes
"""  # noqa: S608 - a constant


def prepare_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the ledger's tables where there are none yet."""
    connection.execute(_TABLES)


def check_place(connection: duckdb.DuckDBPyConnection, sync: Sync) -> None:
    """See that a sync goes where it went before: the ledger knows it by name alone.

    What another tool was left with says nothing of this one, and is forgotten.

    Raises:
        Misconfigured: Its destination or object is another one.
    """
    row = connection.execute(
        """
        select
            destination, object_name,
            exists (from ledger.sync_state where sync_name = $sync)
        from ledger.sync_objects
        where sync_name = $sync and destination <> ''
            and (destination <> $to or object_name <> $object)
        """,
        {"sync": sync.name, "to": sync.meta.destination, "object": sync.meta.object},
    ).fetchone()
    if row is not None and not row[2]:
        connection.execute(
            "delete from ledger.sync_left where sync_name = ?", [sync.name]
        )
    elif row is not None:
        raise Misconfigured(
            f"its records went to {row[0]} {row[1]} so far, and to"
            f" {sync.meta.destination} {sync.meta.object} they never went",
            place=f"exposure {sync.name}: config.meta.sync",
            fix="Give the exposure another name: then everything is sent there",
        )


def merge_journal(
    connection: duckdb.DuckDBPyConnection, journal: Journal, ended_at: str | None
) -> None:
    """Enter a run's outcomes into the ledger, all or none, then drop the journal.

    Args:
        connection: The warehouse.
        journal: The run's outcomes; nothing happens where there are none.
        ended_at: When the run ended, ISO 8601; None for one that was killed.
    """
    run = journal.read_run()
    if run is None:
        journal.drop()
        return
    parameters = msgspec.structs.asdict(run) | {"ended_at": ended_at}
    connection.execute("begin")
    try:
        connection.execute(_READ, {"file": str(journal.file)})
        for statement in (_LEAVE + _MERGE).split(";"):
            used = set(_PARAMETER.findall(statement))
            connection.execute(statement, {name: parameters[name] for name in used})
        connection.execute("commit")
    except duckdb.Error:
        connection.execute("rollback")
        raise
    journal.drop()
