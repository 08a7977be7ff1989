"""How long it takes to find what a sync must send, next to one scan of the model.

    python benchmarks/sync_diff.py [ROWS]

Builds a model of ROWS records with seventeen mapped columns and a ledger that has
delivered all of them, changes one in a thousand, and plans the sync three times.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from activation.difference import make_plan
from activation.exposures import Sync, SyncMeta
from activation.ledger import prepare_ledger

ROUNDS = 3
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
    connection.execute("create schema activation")
    connection.execute(
        f"create table activation.contacts as select {columns}"  # noqa: S608
        f" from range({rows}) as numbers(number)"
    )
    prepare_ledger(connection)
    with tempfile.TemporaryDirectory() as folder:
        make_plan(connection, sync, Path(folder) / "plan.parquet")
    connection.execute(
        "insert into ledger.sync_state"
        " select 'contacts', record_key, row_hash, now() from compared"
    )
    changed = connection.execute(
        "update activation.contacts set city = 'Elsewhere'"
        " where hash(customer_id) % 1000 = 0"
    ).fetchone()
    connection.execute("checkpoint")
    assert changed is not None
    return int(changed[0])


def median_seconds(work: Callable[[], object]) -> float:
    """Return the median of three runs."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    meta = SyncMeta("crm", "Contact", "customer_id", {name: name for name in COLUMNS})
    sync = Sync("contacts", meta, "activation", "contacts")
    every_column = ", ".join(f"max({name})" for name in COLUMNS)
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(f"{folder}/warehouse.duckdb")
        changed = fill(connection, sync, rows)
        plan_file = Path(folder) / "plan.parquet"
        plan = make_plan(connection, sync, plan_file)
        assert plan.updated_count == changed
        assert plan.unchanged_count == rows - changed
        assert len(list(plan.records())) == changed
        scan = median_seconds(
            lambda: connection.execute(
                f"select {every_column} from activation.contacts"  # noqa: S608
            ).fetchall()
        )
        diff = median_seconds(lambda: make_plan(connection, sync, plan_file))
        connection.close()
    print(f"model                 {rows:,} records, {changed:,} changed")
    print(f"one scan of it        {scan:.2f} s")
    print(f"the sync's plan       {diff:.2f} s, {diff / scan:.1f} times the scan")


if __name__ == "__main__":
    main()
