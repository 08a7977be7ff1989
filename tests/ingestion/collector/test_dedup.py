from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cdp.errors import Unavailable
from ingestion.collector.commit import Committer
from ingestion.collector.limits import Limits
from ingestion.collector.receive import Lines
from ingestion.event_log import EventLog, read
from tests.ingestion.collector.conftest import RunningCollector


def event(name: str, **changes: Any) -> dict[str, Any]:
    fields = {"type": "track", "event": "signed_in", "userId": "u1"}
    return fields | {"messageId": name} | changes


def kept(collector: RunningCollector) -> list[str]:
    return [line["messageId"] for line in collector.lines("accepted")]


def test_a_second_copy_is_acknowledged_and_not_written_again(
    collector: RunningCollector,
) -> None:
    for _ in range(3):
        assert collector.post("/v1/track", event("single")).status_code == 200
    batch = {"batch": [event("a"), event("b"), event("a"), event("single")]}
    assert collector.post("/v1/batch", batch).text == "OK"
    assert kept(collector) == ["single", "a", "b"]


def test_a_copy_that_fits_the_plan_follows_one_that_did_not(
    collector: RunningCollector,
) -> None:
    spoiled = event("same", event="nobody_agreed")
    assert collector.post("/v1/track", spoiled).status_code == 200
    assert collector.post("/v1/track", event("same")).status_code == 200
    assert kept(collector) == ["same"]
    assert len(collector.lines("quarantine")) == 1


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_restart_remembers(collector: RunningCollector, end: int) -> None:
    assert collector.post("/v1/track", event("before")).status_code == 200
    collector.end(end)
    collector.start()
    assert collector.post("/v1/track", event("before")).status_code == 200
    assert collector.post("/v1/track", event("after")).status_code == 200
    assert kept(collector) == ["before", "after"]


def lines(*names: str) -> Lines:
    return Lines([f'{{"messageId":"{name}"}}'.encode() for name in names], [], [*names])


def written(folder: Path) -> list[bytes]:
    return [line for *_, line in read(folder, "accepted", {}, 1 << 30)]


def test_copies_at_the_same_moment_wait_for_the_one_that_is_written(
    tmp_path: Path,
) -> None:
    async def send() -> None:
        committer = Committer(tmp_path)
        await asyncio.gather(*(committer.commit(lines("same")) for _ in range(50)))
        await committer.close()

    asyncio.run(send())
    assert written(tmp_path) == [b'{"messageId":"same"}']


def test_what_could_not_be_written_is_not_taken_for_seen(tmp_path: Path) -> None:
    async def send() -> None:
        committer = Committer(tmp_path)
        log = committer._accepted
        good, log._file = log._file, os.open("/dev/full", os.O_RDWR)
        both = await asyncio.gather(
            committer.commit(lines("lost")),
            committer.commit(lines("lost")),
            return_exceptions=True,
        )
        assert [type(each) for each in both] == [Unavailable, Unavailable]
        os.close(log._file)
        log._file = good
        await committer.commit(lines("lost"))
        await committer.commit(lines("lost"))
        await committer.close()

    asyncio.run(send())
    assert written(tmp_path) == [b'{"messageId":"lost"}']


def test_a_sync_that_failed_leaves_nothing_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send() -> None:
        committer = Committer(tmp_path)
        with monkeypatch.context() as patched:
            patched.setattr(EventLog, "sync", refuse)
            with pytest.raises(Unavailable):
                await committer.commit(lines("unsynced"))
        before = len(written(tmp_path))
        await committer.commit(lines("unsynced"))
        assert len(written(tmp_path)) > before
        await committer.close()

    def refuse(_log: EventLog) -> None:
        raise Unavailable("the disk gives no promise")

    asyncio.run(send())


@pytest.mark.parametrize(
    ("limits", "given"),
    [(Limits(dedup_hours=0), ["a", "a"]), (Limits(), None)],
    ids=["switched off", "lines without ids"],
)
def test_every_copy_is_written_where_there_is_no_window(
    tmp_path: Path, limits: Limits, given: list[str] | None
) -> None:
    async def send() -> None:
        committer = Committer(tmp_path, limits=limits)
        for _ in range(2):
            await committer.commit(Lines([b'{"messageId":"a"}'] * 2, [], given))
        await committer.close()

    asyncio.run(send())
    assert len(written(tmp_path)) == 4
