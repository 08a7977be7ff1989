from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cdp.errors import Unavailable
from cdp.tracking_plan import load_plan
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
from ingestion.collector.limits import Limits
from ingestion.collector.pressure import FreeDisk, Rates, TooMany
from ingestion.collector.receive import Lines
from ingestion.event_log import read

PLAN = load_plan(Path(__file__).parents[3] / "tracking_plan")
EVENT = {"type": "track", "event": "signed_in", "userId": "u1"}
MEBIBYTE = 1024 * 1024


def asked(app: Collector) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://collector",
        auth=("key", ""),
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if os.getuid() != 0 or mount is None or unmount is None:
        pytest.skip("only root may mount a small disk")
    command = [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run([unmount, "--lazy", str(folder)], check=True)


def test_a_disk_that_fills_up_is_answered_503_and_loses_nothing(
    small_disk: Path,
) -> None:
    asyncio.run(fill(small_disk))


async def fill(disk: Path) -> None:
    limits = Limits(waiting_bytes=MEBIBYTE, free_bytes=3 * MEBIBYTE)
    committer = Committer(disk, limits=limits)
    app = Collector({"key": "web"}, PLAN, committer)
    taken: list[str] = []
    async with asked(app) as client:
        for number in range(100_000):
            name = f"m{number}"
            body = EVENT | {"messageId": name, "context": {"a": "x" * 100_000}}
            answer = await client.post("/v1/track", json=body)
            if answer.status_code != 200:
                break
            taken.append(name)
        assert (answer.status_code, answer.text) == (503, "the disk is nearly full")
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/ready")).status_code == 503
        assert (await client.get("/health")).status_code == 200
    await committer.close()
    assert len(taken) > 10
    kept = [line for *_, line in read(disk, "accepted", {}, 1 << 30)]
    assert len(kept) == len(taken)
    assert shutil.disk_usage(disk).free > MEBIBYTE  # what had come still fitted


def test_a_disk_without_its_reserve_takes_nothing_and_then_takes_again(
    tmp_path: Path,
) -> None:
    now = [0.0]
    disk = FreeDisk(tmp_path, shutil.disk_usage(tmp_path).total * 2, lambda: now[0])
    with pytest.raises(Unavailable, match="nearly full"):
        disk.require()
    disk._free_bytes = 0  # somebody made room
    with pytest.raises(Unavailable):  # not looked at again yet
        disk.require()
    now[0] = 1.0
    disk.require()


def test_a_log_that_is_behind_asks_senders_to_wait(tmp_path: Path) -> None:
    async def ask() -> None:
        committer = Committer(tmp_path, limits=Limits(waiting_bytes=100))
        app = Collector({"key": "web"}, PLAN, committer)
        waiting = asyncio.create_task(committer.commit(Lines([b"x" * 101], [])))
        await asyncio.sleep(0)  # it waits for the disk now
        async with asked(app) as client:
            answer = await client.post("/v1/track", json=EVENT)
            assert (answer.status_code, answer.text) == (503, "the event log is behind")
            assert int(answer.headers["retry-after"]) > 0
            await waiting
            assert (await client.post("/v1/track", json=EVENT)).status_code == 200

    asyncio.run(ask())


def test_a_source_over_its_rate_is_told_when_to_come_back(tmp_path: Path) -> None:
    now = [0.0]

    async def ask() -> None:
        sources = {"key": "web", "other": "mobile"}
        rates = Rates({"web": 5.0}, lambda: now[0])
        app = Collector(sources, PLAN, Committer(tmp_path), rates=rates)
        body = {"batch": [EVENT] * 30}
        async with asked(app) as client:
            assert (await client.post("/v1/batch", json=body)).status_code == 200
            answer = await client.post("/v1/track", json=EVENT)
            assert answer.status_code == 429
            assert answer.text == "the source may send 5 events a second"
            assert answer.headers["retry-after"] == "5"  # 10 in the bucket, 30 taken
            free = await client.post("/v1/track", json=EVENT, auth=("other", ""))
            assert free.status_code == 200
            pixel = "/pixel/v1/track?userId=u1&event=signed_in"
            assert (await client.get(pixel)).status_code == 429
            now[0] = 5.0
            assert (await client.post("/v1/track", json=EVENT)).status_code == 200

    asyncio.run(ask())


def test_a_slow_rate_lets_one_event_through_at_a_time() -> None:
    now = [0.0]
    rates = Rates({"web": 0.1}, lambda: now[0])
    rates.require("web")
    rates.take("web", 1)
    with pytest.raises(TooMany) as told:
        rates.require("web")
    assert told.value.retry_after_seconds == pytest.approx(10)
    now[0] = 10.5
    rates.require("web")
