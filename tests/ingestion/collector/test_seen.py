from __future__ import annotations

import os
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.collector.seen import SeenIds, restore
from ingestion.event_log import EventLog

NAMES = st.lists(st.integers(0, 60).map(str), max_size=40)


@settings(deadline=None)
@given(groups=st.lists(NAMES, max_size=12))
def test_each_id_is_new_once_while_there_is_room(groups: list[list[str]]) -> None:
    seen, known = SeenIds(24, 1000), set[str]()
    for group in groups:
        expected = []
        for place, name in enumerate(group):
            if name not in known:
                expected.append(place)
                known.add(name)
        fresh = seen.look(group)
        assert list(fresh) == expected
        seen.remember(fresh)
    assert len(seen) == len(known)


def test_nothing_is_seen_before_it_is_remembered() -> None:
    seen = SeenIds(24, 1000)
    assert list(seen.look(["a", "b", "a"])) == [0, 1]
    assert list(seen.look(["a", "b"])) == [0, 1]


def test_many_ids_in_few_slots_are_told_apart() -> None:
    seen = SeenIds(24, 40_000)
    names = [f"m{number}" for number in range(30_000)]
    for start in range(0, 30_000, 700):
        fresh = seen.look(names[start : start + 700])
        assert len(fresh) == len(names[start : start + 700])
        seen.remember(fresh)
    assert list(seen.look(names)) == []
    assert len(seen.look([f"n{number}" for number in range(30_000)])) == 30_000


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    seen = SeenIds(24, 4000)
    names = [f"m{number}" for number in range(50_000)]
    for start in range(0, 50_000, 100):
        seen.remember(seen.look(names[start : start + 100]))
    assert len(seen) <= 4000
    assert list(seen.look(names[-3000:])) == []
    assert len(seen.look(names[:1000])) == 1000


def test_a_group_larger_than_a_span_is_remembered_as_far_as_there_is_room() -> None:
    seen = SeenIds(24, 400)
    names = [f"m{number}" for number in range(1000)]
    seen.remember(seen.look(names))
    assert list(seen.look(names[-300:])) == []


def test_ids_are_forgotten_when_their_hours_are_over() -> None:
    now = [0.0]
    seen = SeenIds(3, 4000, lambda: now[0])
    for hour in range(12):
        now[0] = hour * 3600.0
        seen.remember(seen.look([f"at {hour}"]))
        kept = [each for each in range(hour + 1) if not seen.look([f"at {each}"])]
        assert set(range(max(0, hour - 2), hour + 1)) <= set(kept)
        assert len(kept) <= 5


def test_a_restart_reads_back_what_was_written_lately(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted", "1", segment_bytes=200)
    for number in range(20):
        log.append([b'{"messageId":"m%d","type":"track"}' % number])
    log.append([b'{"type":"track","messageId":"not at the start"}'])
    log.sync()
    EventLog(tmp_path, "accepted", "0").append([b'{"messageId":"of another"}'])
    seen = SeenIds(24, 1000)
    restore(seen, tmp_path, "1", 24)
    assert list(seen.look([f"m{number}" for number in range(20)])) == []
    assert list(seen.look(["of another", "m"])) == [0, 1]


def test_a_restart_leaves_out_files_that_are_too_old(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted", segment_bytes=1)
    log.append([b'{"messageId":"old"}'])
    log.append([b'{"messageId":"new"}'])
    log.close()
    first = min((tmp_path / "accepted" / "0").glob("*.ndjson"))
    os.utime(first, (time.time() - 7200, time.time() - 7200))
    seen = SeenIds(1, 1000)
    restore(seen, tmp_path, "0", 1)
    assert list(seen.look(["old", "new"])) == [0]
