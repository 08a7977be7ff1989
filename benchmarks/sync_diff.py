"""How long it takes to find what a sync must send, next to one scan of the model.

    python benchmarks/sync_diff.py [ROWS]

Builds a model of ROWS records with seventeen mapped columns and a ledger that has
delivered all of them, changes one in a thousand, writes the model anew in another
order, opens the warehouse again, as a command that follows a build does, and plans the
sync. Nothing is kept from one plan to the next. Two scans stand beside it: the largest
value of every mapped column (each value read and compared once), and a digest of them
(what a difference by hash computes at the least, without looking anything up). Figures
are medians of five rounds, which alternate; the limit is twice the first of the two.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from activation.difference import make_plan
from activation.exposures import Sync, SyncMeta
from activation.ledger import KEY_HASH, prepare_ledger
from activation.syncs.columns import row_hash
from cdp.settings import Settings

ROUNDS = 5
COLUMNS = {
    "customer_id": "'c_' || md5(number::varchar)[:16]",
    "email": "'person' || number || '@shop.example'",
    "first_name": "'First' || number % 997",
    "last_name": "'Last' || number % 4999",
    "phone": "'+1650' || number",
    "city": "'City ' || number % 311",
    "country_code": "'US'",
    "customer_type": "case when number % 20 = 0 then 'wholesale' else 'retail' end",
    "churn_band": "['low', 'medium', 'high'][1 + number % 3]",
    "order_count": "number % 40",
    "order_amount": "cast(number % 100000 / 7.0 as decimal(18, 2))",
    "is_high_value": "number % 50 = 0",
    "has_active_subscription": "number % 4 = 0",
    "likelihood_to_churn": "number % 9 = 0",
    "birth_date": "date '1970-01-01' + cast(number % 12000 as integer)",
    "last_ordered_at": "timestamp '2026-01-01' + to_minutes(number % 400000)",
    "last_signed_in_at": "timestamp '2026-02-01' + to_minutes(number % 300000)",
}


def fill(connection: duckdb.DuckDBPyConnection, sync: Sync, rows: int) -> int:
    """Build model and ledger; return how many records have changed since."""
    columns = ", ".join(f"{value} as {name}" for name, value in COLUMNS.items())
    fields = ", ".join(f"'{name}', {name}" for name in COLUMNS)
    connection.execute("create schema activation")
    connection.execute(
        f"create table activation.contacts as select {columns}"  # noqa: S608
        f" from range({rows}) as numbers(number)"
    )
    prepare_ledger(connection)
    connection.execute(
        f"""
        insert into ledger.sync_state by name
        select
            'contacts' as sync_name, customer_id as record_key,
            {row_hash(sync)} as row_hash, now() as delivered_at,
            cast(json_object({fields}) as varchar) as fields,
            {KEY_HASH.format("customer_id")} as key_hash
        from activation.contacts as model
        """  # noqa: S608
    )
    changed = connection.execute(
        "update activation.contacts set city = 'Elsewhere'"
        " where hash(customer_id) % 1000 = 0"
    ).fetchone()
    # dbt writes a table anew, and not in the order of the last time
    connection.execute(
        "create or replace table activation.contacts as from activation.contacts"
        " order by last_signed_in_at, customer_id"
    )
    connection.execute("checkpoint")
    assert changed is not None
    return int(changed[0])


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    meta = SyncMeta("crm", "Contact", "customer_id", {name: name for name in COLUMNS})
    sync = Sync("contacts", meta, "activation", "contacts")
    largest = ", ".join(f"max({name})" for name in COLUMNS)
    queries = {
        "largest values": f"select {largest} from activation.contacts",  # noqa: S608
        "digest": "select bit_xor(hash("  # noqa: S608
        f"{', '.join(COLUMNS)})) from activation.contacts",
    }
    with tempfile.TemporaryDirectory() as folder:
        warehouse = f"{folder}/warehouse.duckdb"
        connection = duckdb.connect(warehouse)
        settings = Settings(Path(folder), Path(folder), {}, {})
        file = Path(folder) / "contacts.parquet"
        changed = fill(connection, sync, rows)
        connection.close()
        connection = duckdb.connect(warehouse)
        plan = make_plan(connection, sync, file, settings)
        assert plan.updated_count == changed
        assert plan.unchanged_count == rows - changed
        assert len(list(plan.records())) == changed
        seconds: dict[str, list[float]] = {name: [] for name in (*queries, "plan")}
        for _ in range(ROUNDS):
            for name, query in queries.items():
                started = time.perf_counter()
                connection.execute(query).fetchall()
                seconds[name].append(time.perf_counter() - started)
            started = time.perf_counter()
            make_plan(connection, sync, file, settings, is_run=True)
            seconds["plan"].append(time.perf_counter() - started)
        connection.close()
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    print(f"model                      {rows:,} records, {changed:,} changed")
    for name in queries:
        print(f"one scan, {name:<15}  {medians[name]:.2f} s")
    took = medians["plan"]
    ratios = ", ".join(f"{took / medians[one]:.1f} times {one}" for one in queries)
    print(f"the sync's plan            {took:.2f} s: {ratios}")


if __name__ == "__main__":
    main()
