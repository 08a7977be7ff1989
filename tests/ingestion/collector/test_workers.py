from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingestion.collector.conftest import RunningCollector
from tests.ingestion.collector.test_durability import Sender

WORKERS = 3
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="processes are looked up in /proc"
)


def children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def together(tmp_path: Path) -> Iterator[RunningCollector]:
    collector = RunningCollector(tmp_path, options=("--workers", str(WORKERS)))
    collector.start()
    yield collector
    collector.end()


def running(collector: RunningCollector) -> int:
    assert collector.process is not None
    return collector.process.pid


def test_kill_9_of_one_worker_under_load_loses_no_acknowledged_event(
    together: RunningCollector,
) -> None:
    enough = threading.Event()
    senders = [Sender(number, together.url, enough) for number in range(9)]
    for sender in senders:
        sender.start()
    assert enough.wait(60)
    before = children(running(together))
    assert len(before) == WORKERS
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(set(children(running(together))) - {before[0]}) == WORKERS)
    until(lambda: answers(together))
    together.end(signal.SIGTERM)
    for sender in senders:
        sender.join()
    acknowledged = {name for sender in senders for name in sender.acknowledged}
    kept = {line["messageId"] for line in together.lines("accepted")}
    assert acknowledged <= kept
    folder = together.data_dir / "event_log" / "accepted"
    used = [part.name for part in folder.iterdir() if any(part.glob("*.ndjson"))]
    assert sorted(used) == ["0", "1", "2"]


def answers(collector: RunningCollector) -> bool:
    event = {"type": "track", "event": "signed_in", "userId": "u1"}
    return collector.post("/v1/track", event).status_code == 200


def is_gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except FileNotFoundError:
        return True


def test_workers_end_when_the_one_that_watches_them_is_killed(
    together: RunningCollector,
) -> None:
    workers = children(running(together))
    together.end(signal.SIGKILL)
    until(lambda: all(map(is_gone, workers)))


def test_a_worker_that_cannot_start_ends_them_all(tmp_path: Path) -> None:
    one = RunningCollector(tmp_path)
    one.start()  # has partition 0
    several = RunningCollector(tmp_path, options=("--workers", "2"))
    try:
        with pytest.raises(AssertionError, match="did not start"):
            several.start()
        assert several.process is not None
        assert several.process.returncode == 1
    finally:
        one.end()
