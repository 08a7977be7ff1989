"""What a build of identity costs when little is new.

    python benchmarks/identity_incremental.py [LINKS]

Builds identity from so many links (a million), adds 0.1 %, 1 % and 10 %, and prints the
seconds of each build by increments, next to a full rebuild of the same and to one scan
of the claims. Every increment is checked against the full rebuild. The models are the
project's own, run on one DuckDB connection without dbt's own start (identity_models).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb
from identity_models import Identity

SHARES = (0.001, 0.001, 0.01, 0.1)
# Devices log in, logins have an address; a device in ten is another one of a person
# who is there already, so that increments join earlier people.
_LINKS = """
    insert into intermediate.int_event_identifiers_observed
    select
        'device-' || md5('d' || n),
        'login-' || md5('u' || person),
        null,
        case when n % 3 = 0 then 'mail-' || md5('e' || person) || '@example.org' end,
        timestamp '2026-01-01' + to_seconds(n),
        $landed_at,
        $landed_at,
        null
    from (
        select
            n,
            case
                when n % 10 = 0 then hash(n) % greatest(n, 1)
                else n - n % 2
            end as person
        from range($first, $last) as numbers (n)
    )
"""


def seconds(identity: Identity, *, full_refresh: bool = False) -> float:
    """Return how long one build takes."""
    start = time.perf_counter()
    identity.build(full_refresh=full_refresh)
    return time.perf_counter() - start


def scan_seconds(connection: duckdb.DuckDBPyConnection) -> float:
    """One scan of what is claimed: every value once, without a result."""
    start = time.perf_counter()
    connection.execute(
        "select max(hash(left_type, left_value, right_type, right_value, claimed_by,"
        " first_seen_at)) from intermediate.int_links_claimed"
    ).fetchall()
    return time.perf_counter() - start


def land(identity: Identity, first: int, last: int) -> None:
    """Add events; a third of them have an address, which makes a second link."""
    identity.connection.execute(
        _LINKS, {"first": first, "last": last, "landed_at": identity.moment}
    )
    identity.connection.execute(
        "update intermediate.int_event_identifiers_observed"
        " set changed_at = changed_at + interval 1 millisecond"
        " where changed_at = ?",
        [identity.moment],
    )


def digest(connection: duckdb.DuckDBPyConnection) -> object:
    """Return what two equal answers have in common."""
    return connection.execute(
        "select count(*), count(distinct customer_id), sum(hash(identifier_type,"
        " identifier_value, customer_id, first_seen_at))"
        " from intermediate.int_identities_contracted"
    ).fetchone()


def main() -> None:
    """Print the seconds of each."""
    link_count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    event_count = link_count * 3 // 4
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "identity.duckdb"))
        identity = Identity(connection)
        land(identity, 0, event_count)
        full = seconds(identity)
        (links,) = connection.execute(
            "select count(*) from intermediate.int_links_judged"
        ).fetchone() or (0,)
        print(f"{links:,} links from nothing {full:9.2f} s")
        print(f"one scan of the claims  {scan_seconds(connection):9.3f} s")
        print(f"nothing new             {seconds(identity):9.2f} s")
        last = event_count
        for share in SHARES:
            land(identity, last, last + round(event_count * share))
            last += round(event_count * share)
            print(f"{share:6.1%} more            {seconds(identity):9.2f} s")
        grown = digest(connection)
        print(f"full rebuild of all     {seconds(identity, full_refresh=True):9.2f} s")
        if digest(connection) != grown:
            sys.exit("The increments and the full rebuild do not agree.")


if __name__ == "__main__":
    main()
