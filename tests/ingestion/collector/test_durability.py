from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from cdp.errors import Misconfigured, Unavailable
from cdp.tracking_plan import load_plan
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
from ingestion.event_log import EventLog
from tests.ingestion.collector.conftest import KEYS, RunningCollector

PLAN = load_plan(Path(__file__).parents[3] / "tracking_plan")
SENDERS = 4
ENOUGH_BATCHES = 40


class Sender(threading.Thread):
    """Posts batches until the collector is gone; keeps what was acknowledged."""

    def __init__(self, number: int, url: str, enough: threading.Event) -> None:
        super().__init__()
        self.number, self.url, self.enough = number, url, enough
        self.acknowledged: list[str] = []

    def run(self) -> None:
        with httpx.Client(auth=(KEYS["web"], "")) as client:
            for batch in range(100_000):
                ids = [f"{self.number}-{batch}-{index}" for index in range(20)]
                body = {
                    "batch": [
                        {
                            "type": "track",
                            "event": "signed_in",
                            "userId": "u1",
                            "messageId": message_id,
                        }
                        for message_id in ids
                    ]
                }
                try:
                    answer = client.post(f"{self.url}/v1/batch", json=body)
                except httpx.HTTPError:
                    return
                if answer.status_code == 200:
                    self.acknowledged += ids
                if batch == ENOUGH_BATCHES:
                    self.enough.set()


def test_kill_9_under_load_loses_no_acknowledged_event(
    collector: RunningCollector,
) -> None:
    enough = threading.Event()
    senders = [Sender(number, collector.url, enough) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    assert enough.wait(60)
    collector.end(signal.SIGKILL)
    for sender in senders:
        sender.join()
    acknowledged = {name for sender in senders for name in sender.acknowledged}
    assert len(acknowledged) > ENOUGH_BATCHES * 20
    torn = next((collector.data_dir / "event_log/accepted/0").glob("*.ndjson"))
    with torn.open("ab") as file:
        file.write(b'{"messageId": "torn')
    collector.start()
    after = {"type": "track", "event": "signed_in", "userId": "u1", "messageId": "new"}
    assert collector.post("/v1/track", after).status_code == 200
    collector.end()
    kept = {line["messageId"] for line in collector.lines("accepted")}
    assert acknowledged <= kept
    assert "new" in kept


def test_stopping_lets_what_was_accepted_be_written(
    collector: RunningCollector,
) -> None:
    body = {"type": "track", "event": "signed_in", "userId": "u1", "messageId": "last"}
    assert collector.post("/v1/track", body).status_code == 200
    collector.end(signal.SIGTERM)
    assert [line["messageId"] for line in collector.lines("accepted")] == ["last"]


async def ask(app: Collector, method: str, path: str, **body: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://collector", auth=("key", "")
    ) as client:
        return await client.request(method, path, json=body)


def test_a_log_that_cannot_be_written_answers_503_and_when_to_come_back(
    tmp_path: Path,
) -> None:
    committer = Committer(tmp_path)
    app = Collector({"key": "web"}, PLAN, committer)
    # The disk goes away under the open log: every later write is refused.
    os.dup2(os.open("/dev/full", os.O_RDWR), committer._accepted._file)
    answer = asyncio.run(ask(app, "POST", "/v1/track", event="signed_in", userId="u1"))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_what_nobody_foresaw_is_answered_too(tmp_path: Path) -> None:
    committer = Committer(tmp_path)
    app = Collector({"key": "web"}, PLAN, committer)
    committer._accepted = None  # type: ignore[assignment]
    answer = asyncio.run(ask(app, "POST", "/v1/track", event="signed_in", userId="u1"))
    assert answer.status_code == 503


def test_a_refused_write_leaves_nothing_behind(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    end = log.append([b'{"a":1}'])
    file, log._file = log._file, os.open("/dev/full", os.O_RDWR)
    with pytest.raises((Unavailable, OSError)):
        log.append([b'{"a":2}'])
    log._file = file
    assert log.end_offset() == end


def test_two_collectors_do_not_write_one_partition(tmp_path: Path) -> None:
    first = EventLog(tmp_path, "accepted")
    with pytest.raises(Misconfigured, match="another process"):
        EventLog(tmp_path, "accepted")
    first.close()
    EventLog(tmp_path, "accepted").close()
