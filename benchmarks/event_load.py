"""How fast the event log loads, beside DuckDB's own read_json of the same file.

Usage: python benchmarks/event_load.py [EVENTS]. Prints rows per second, best of three
rounds: ours (the whole load into an empty warehouse, as `cdp load events` does it);
read_json with all columns given; read_json with its types guessed; and, once and on a
tenth of the events, dlt's default for JSON. The target is a quarter of read_json.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb

from cdp.settings import Settings
from ingestion.event_log import EventLog, segments
from ingestion.pipeline import run_source
from ingestion.sources import events
from ingestion.sources.event_tables import EVENTS

ROUNDS = 3
TARGET_RATIO = 0.25
BATCH = 1000


def main(count: int) -> None:
    """Run all and print the rates."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_log(folder / "event_log", count)
        files = [str(each.path) for each in segments(folder / "event_log", "accepted")]
        size = sum(each.size for each in segments(folder / "event_log", "accepted"))
        print(f"{count:,} events of {size / count:,.0f} bytes, {len(files)} segments")
        best = fastest(
            {
                "read_json, columns given": lambda: read_json(folder, files, True),
                "read_json, types guessed": lambda: read_json(folder, files, False),
                "ours: log to raw_events": lambda: load_ours(folder),
            }
        )
        dlt_count = count // 10
        seconds = load_with_dlt_default(folder, files, dlt_count)
        rates = {name: count / each for name, each in best.items()}
        rates["dlt's default (a tenth of it)"] = dlt_count / seconds
        given = rates["read_json, columns given"]
        for name, rate in rates.items():
            print(f"{name:<32}{rate:>12,.0f} rows/s{rate / given:>8.2f} of read_json")
        ratio = rates["ours: log to raw_events"] / given
        print(f"ratio {ratio:.2f}, target {TARGET_RATIO:.2f}")
        if ratio < TARGET_RATIO:
            sys.exit("The event load is slower than a quarter of read_json.")


def fastest(ways: dict[str, Callable[[], int]]) -> dict[str, float]:
    """Return the best of some rounds; in turns, so that a busy moment hits all."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def read_json(folder: Path, files: list[str], columns_given: bool) -> int:
    """Read the files into a new table, and nothing else."""
    target = folder / "peer.duckdb"
    target.unlink(missing_ok=True)
    types = {"text": "varchar", "json": "json", "timestamp": "timestamptz"}
    columns = {each.field: types[each.data_type] for each in EVENTS.columns}
    given = f", columns = {columns}" if columns_given else ""
    with duckdb.connect(str(target)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "create table events as select * from"  # noqa: S608 - our own file names
            f" read_json({files}, format = 'newline_delimited'{given})"
        )
        return count_of(connection, "events")


def load_ours(folder: Path) -> int:
    """Load the log into a new warehouse."""
    settings = Settings(Path.cwd(), folder, {}, {})
    settings.warehouse_path.unlink(missing_ok=True)
    [table] = run_source(settings, "events", events.source(settings))
    return table.rows


def load_with_dlt_default(folder: Path, files: list[str], count: int) -> float:
    """Return the seconds that dlt takes with nothing but its defaults."""

    def lines() -> Any:
        left = count
        for file in files:
            with Path(file).open("rb") as handle:
                for line in handle:
                    if left == 0:
                        return
                    left -= 1
                    yield json.loads(line)

    started = time.perf_counter()
    pipeline = dlt.pipeline(
        "peer",
        pipelines_dir=str(folder / "peer_dlt"),
        destination=dlt.destinations.duckdb(str(folder / "peer_dlt.duckdb")),
        dataset_name="raw_peer",
    )
    pipeline.run(lines(), table_name="events")
    return time.perf_counter() - started


def count_of(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return how many rows a table has."""
    found = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
    assert found is not None
    return int(found[0])


def write_log(folder: Path, count: int) -> None:
    """Write events to a log, as a collector leaves it."""
    log = EventLog(folder, "accepted")
    chance = random.Random(7)
    for start in range(0, count, BATCH):
        log.append(
            [
                json.dumps(
                    make_event(number, chance),
                    separators=(",", ":"),
                    ensure_ascii=False,
                ).encode()
                for number in range(start, min(start + BATCH, count))
            ]
        )
    log.close()


def make_event(number: int, chance: random.Random) -> dict[str, Any]:
    """Return an event of about 1 KB, nested as a browser SDK sends it."""
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    product = chance.randrange(500)
    address = f"https://shop.example.com/products/{product}"
    return {
        "messageId": str(uuid.UUID(int=chance.getrandbits(128))),
        "type": "track",
        "event": "product_viewed",
        "anonymousId": str(uuid.UUID(int=chance.getrandbits(128))),
        "userId": f"user-{chance.randrange(20_000)}",
        "originalTimestamp": text,
        "sentAt": text,
        "timestamp": text,
        "receivedAt": text,
        "sourceId": "web",
        "channel": "web",
        "context": {
            "ip": "203.0.113.7",
            "locale": "en-GB",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "library": {"name": "analytics-js", "version": "3.34.1"},
            "page": {
                "path": f"/products/{product}",
                "url": f"{address}?utm_source=newsletter&utm_medium=email",
                "title": "Étui bleu",
                "referrer": "https://www.example.com/search?q=case",
            },
            "campaign": {"source": "newsletter", "medium": "email", "name": "spring"},
            "screen": {"width": 1920, "height": 1080, "density": 2},
            "timezone": "Europe/London",
        },
        "properties": {
            "product_id": f"p-{product}",
            "sku": f"SKU-{product}",
            "name": "Étui bleu",
            "category": "Bags",
            "price": chance.randrange(100, 9999) / 100,
            "currency": "USD",
            "position": chance.randrange(20),
            "tags": ["new", "blue", "gift"],
            "details": {"colour": "blue", "sizes": [1, 2, 3]},
        },
        "integrations": {"All": True},
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
