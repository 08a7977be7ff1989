"""Events a second that the collector acknowledges, and how long it takes, on one core.

Beside it, in the same run: the same server without the sync of the disk (what
durability costs), and nginx answering statically (the limit of HTTP here). Then half of
that load, for the 99th percentile as it is met in use; then two workers. The load comes
from `wrk` on loopback; every message id is new, and authentication, tracking plan and
the window of ids are on. Server and load are pinned to a core each where the machine
has two; two workers share both cores with the load. Where others use the machine too,
the events for each second of the server's own CPU are the figure to compare.

    python benchmarks/collector.py [--seconds N]
    python benchmarks/collector.py --events 10_000_000    # is its memory flat?
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from collector_load import (
    BATCHES,
    SINGLE,
    Measured,
    Posts,
    collector,
    cpu_seconds,
    load,
    load_command,
    nginx,
    nginx_program,
    resident_bytes,
)

MEBIBYTE = 1024 * 1024
EVENT_DISK_BYTES = 1000  # of the log, with room to spare
SERVERS = {
    "ours": collector,
    "ours without the sync": lambda folder: collector(folder, "not durable"),
    "nginx, static answer": nginx,
    "ours, 2 workers": lambda folder: collector(folder, workers=2),
}


def measure(title: str, posts: Posts, seconds: int, rate: float | None) -> Measured:
    """Run a server, load it and print one line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with SERVERS[title](folder) as (url, pid):
            used = cpu_seconds(pid)
            found = load(url, posts, folder, seconds, rate)
            used = cpu_seconds(pid) - used
    own = found.requests * seconds / used * posts.events
    print(
        f"{title + (' at half load' if rate else ''):<24} {posts.title:<16}"
        f" {found.requests * posts.events:>11,.0f} events/s"
        f" {own:>11,.0f} per CPU second  p99 {found.p99_milliseconds:>7.1f} ms",
        flush=True,
    )
    return found


def compare(seconds: int) -> None:
    """Measure all servers and print how ours stands to each."""
    titles = [each for each in SERVERS if not each.startswith("nginx")]
    if nginx_program():
        titles = list(SERVERS)
    for posts in (SINGLE, BATCHES):
        ours = measure("ours", posts, seconds, None)
        for title in titles[1:]:
            other = measure(title, posts, seconds, None)
            ratio = ours.requests / other.requests
            print(f"{'':<24} ours with 1 worker is {ratio:.2f} of it")
        measure("ours", posts, seconds, ours.requests / 2)


def fill(count: int) -> None:
    """Post so many events in batches and print the memory on the way."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < 2 * count * EVENT_DISK_BYTES:
        raise SystemExit(f"{count:,} events need more disk than is free")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with collector(folder) as (url, pid):
            print(f"{0:>12,} events {resident_bytes(pid) / MEBIBYTE:>6.0f} MiB")
            command = load_command(url, BATCHES, folder, 24 * 3600)
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as posting:
                try:
                    _watch(folder, pid, count)
                finally:
                    posting.kill()


def _watch(folder: Path, pid: int, count: int) -> None:
    partition = folder / "event_log" / "accepted" / "0"
    started, step = time.monotonic(), max(1, count // 10)
    following, line_bytes, done = step, 0, 0
    while done < count:
        time.sleep(0.2)
        first = partition / f"{0:020d}.ndjson"
        if not line_bytes and first.stat().st_size:
            with first.open("rb") as file:
                line_bytes = len(file.readline())  # all lines are of one length
            continue
        done = int((partition / "synced.offset").read_text().split()[0]) // (
            line_bytes or 1
        )
        if line_bytes and done >= following:
            seconds = time.monotonic() - started
            print(
                f"{done:>12,} events {resident_bytes(pid) / MEBIBYTE:>6.0f} MiB"
                f" after {seconds:,.0f} s",
                flush=True,
            )
            following += step


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--events", type=int, help="post so many and watch the memory")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: run `make bench`, or apt install wrk")
    if options.events:
        fill(options.events)
    else:
        compare(options.seconds)


main()
