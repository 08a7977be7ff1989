"""The company's events through a real SDK into the real collector."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sandbox.company.company import found_company
from sandbox.company.lives import live_all
from sandbox.company_file import Company
from sandbox.simulate import DIRTY_SHARE, send_events

ROOT = Path(__file__).parents[2]
KEYS = {"web": "key-web", "mobile": "key-mobile", "server": "key-server"}
COMPANY = Company(customers=60, days=365, seed=7, end="2026-11-22")
COLLECTOR = (sys.executable, "-m", "ingestion.collector", "--port", "0")
DEADLINE_SECONDS = 60


@contextmanager
def collecting(data_dir: Path, dedup_hours: int = 0) -> Iterator[str]:
    """Run a collector in a process of its own; yield its address."""
    ready_file = data_dir / "ready.json"
    keys = {f"CDP_{name.upper()}_WRITE_KEY": key for name, key in KEYS.items()}
    process = subprocess.Popen(
        [*COLLECTOR, "--ready-file", str(ready_file)],
        cwd=ROOT,
        env={
            **os.environ,
            **keys,
            "CDP_DATA_DIR": str(data_dir),
            "CDP_COLLECTOR_DEDUP_HOURS": str(dedup_hours),
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (ready_file.exists() and ready_file.read_text().strip()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{json.loads(ready_file.read_text())['port']}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_SECONDS)


def logged(data_dir: Path, topic: str) -> list[dict]:
    files = sorted((data_dir / "event_log" / topic).rglob("*.ndjson"))
    return [
        json.loads(line) for file in files for line in file.read_bytes().splitlines()
    ]


def test_what_is_sent_is_accepted_or_quarantined_as_truth_says(tmp_path):
    with collecting(tmp_path) as url:
        sent = send_events(COMPANY, url, KEYS, lambda *_: None)
    company = found_company(7, date(2026, 11, 22), 365, DIRTY_SHARE)
    lives = list(live_all(company, range(COMPANY.customers)))
    events = [event for life in lives for event in life.events]
    accepted, refused = logged(tmp_path, "accepted"), logged(tmp_path, "quarantine")
    assert sent == len(events) == len(accepted) + len(refused)
    expected = Counter(event.spoiled_as for event in events if event.spoiled_as)
    assert Counter(line["reason"] for line in refused) == expected
    clean = Counter(
        event.body["messageId"] for event in events if event.spoiled_as is None
    )
    assert Counter(line["messageId"] for line in accepted) == clean


def test_sending_again_brings_no_new_message_id(tmp_path):
    small = Company(customers=15, days=200, seed=7, end="2026-11-22")
    with collecting(tmp_path) as url:
        first = send_events(small, url, KEYS, lambda *_: None)
        again = send_events(small, url, KEYS, lambda *_: None)
    accepted = logged(tmp_path, "accepted")
    assert first == again
    counts = Counter(line["messageId"] for line in accepted)
    assert min(counts.values()) >= 2
    assert len(accepted) + len(logged(tmp_path, "quarantine")) == 2 * first


def test_what_is_sent_again_is_not_written_within_the_window(tmp_path):
    small = Company(customers=15, days=200, seed=7, end="2026-11-22")
    with collecting(tmp_path, dedup_hours=1) as url:
        send_events(small, url, KEYS, lambda *_: None)
        before = len(logged(tmp_path, "accepted"))
        send_events(small, url, KEYS, lambda *_: None)
    accepted = logged(tmp_path, "accepted")
    assert len(accepted) == before == len({line["messageId"] for line in accepted})
