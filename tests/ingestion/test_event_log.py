from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Unavailable
from ingestion.event_log import EventLog, end_positions, read, segments

EVERYTHING = 1 << 40


def lines_of(folder: Path, positions: dict[str, int] | None = None) -> list[bytes]:
    return [
        line for _, _, line in read(folder, "accepted", positions or {}, EVERYTHING)
    ]


def test_what_is_appended_is_read_from_any_position(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    end = log.append([b'{"n":1}', b'{"n":2}'])
    log.append([b'{"n":3}'])
    log.close()
    assert lines_of(tmp_path) == [b'{"n":1}', b'{"n":2}', b'{"n":3}']
    assert lines_of(tmp_path, {"0": end}) == [b'{"n":3}']
    assert end_positions(tmp_path, "accepted") == {"0": 24}


def test_a_torn_line_is_not_read_and_the_next_writer_cuts_it(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    end = log.append([b'{"n":1}'])
    log.close()
    with segments(tmp_path, "accepted")[0].path.open("ab") as file:
        file.write(b'{"n":2')
    assert lines_of(tmp_path) == [b'{"n":1}']
    assert end_positions(tmp_path, "accepted") == {"0": end}
    log = EventLog(tmp_path, "accepted")
    log.append([b'{"n":3}'])
    log.close()
    assert lines_of(tmp_path) == [b'{"n":1}', b'{"n":3}']


def test_a_torn_line_longer_than_the_reading_step_is_cut_too(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    log.append([b'{"n":1}'])
    log.close()
    with segments(tmp_path, "accepted")[0].path.open("ab") as file:
        file.write(b"x" * 300_000)
    assert lines_of(tmp_path) == [b'{"n":1}']


def test_segments_roll_and_offsets_go_on(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted", segment_bytes=50)
    for number in range(30):
        log.append([b'{"number":%d}' % number])
    log.close()
    found = segments(tmp_path, "accepted")
    assert len(found) > 3
    for before, after in pairwise(found):
        assert before.end_offset == after.base_offset
    for start in (0, 14, found[2].base_offset):
        positions = {"0": start}
        offsets = [
            offset for _, offset, _ in read(tmp_path, "accepted", positions, EVERYTHING)
        ]
        assert offsets == sorted(offsets)
        assert offsets[-1] == found[-1].end_offset


def test_partitions_have_positions_of_their_own(tmp_path: Path) -> None:
    for partition in ("0", "1"):
        log = EventLog(tmp_path, "accepted", partition)
        log.append([partition.encode()])
        log.close()
    assert lines_of(tmp_path, {"1": 2}) == [b"0"]


def test_a_limit_stops_after_whole_lines_and_the_rest_follows(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    log.append([b"%04d" % number for number in range(100)])
    log.close()
    position, seen = 0, []
    while page := list(read(tmp_path, "accepted", {"0": position}, 52)):
        seen += [line for _, _, line in page]
        position = page[-1][1]
    assert seen == [b"%04d" % number for number in range(100)]


def test_an_absent_topic_is_empty(tmp_path: Path) -> None:
    assert segments(tmp_path, "accepted") == []
    assert lines_of(tmp_path) == []


def test_lines_are_seen_once_they_are_on_disk(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    log.append([b'{"n":1}'])
    log.sync()
    log.append([b'{"n":2}'])
    assert lines_of(tmp_path) == [b'{"n":1}']
    assert end_positions(tmp_path, "accepted") == {"0": 8}
    log.sync()
    assert lines_of(tmp_path) == [b'{"n":1}', b'{"n":2}']
    log.close()


def test_lines_that_the_disk_lost_are_cut_and_the_log_goes_on(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    log.append([b'{"n":1}'])
    log.sync()
    log.append([b'{"n":2}'])
    with broken_disk(log), pytest.raises(Unavailable, match="cannot be synced"):
        log.sync()
    assert log.end_offset() == 8
    log.append([b'{"n":3}'])
    log.close()
    assert lines_of(tmp_path) == [b'{"n":1}', b'{"n":3}']


def test_a_disk_that_fills_within_a_write_leaves_no_half(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted")
    log.append([b'{"n":1}'])
    log.sync()
    with (
        largest_file(20),
        pytest.raises(Unavailable, match="cannot be written"),
    ):
        log.append([b'{"n":2}', b'{"n":3}'])
    assert segments(tmp_path, "accepted")[0].path.stat().st_size == 20
    assert lines_of(tmp_path) == [b'{"n":1}']
    log.append([b'{"n":4}'])
    log.close()
    assert lines_of(tmp_path) == [b'{"n":1}', b'{"n":4}']


def test_a_segment_that_cannot_be_begun_is_begun_later(tmp_path: Path) -> None:
    log = EventLog(tmp_path, "accepted", segment_bytes=4)
    log.append([b'{"n":1}'])
    in_the_way = tmp_path / "accepted" / "0" / f"{8:020d}.ndjson"
    in_the_way.mkdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        log.append([b'{"n":2}'])
    in_the_way.rmdir()
    log.append([b'{"n":3}'])
    log.close()
    assert lines_of(tmp_path) == [b'{"n":1}', b'{"n":3}']
    assert [each.base_offset for each in segments(tmp_path, "accepted")] == [0, 8]


@contextmanager
def broken_disk(log: EventLog) -> Iterator[None]:
    """Put a device that cannot sync in the place of the log's file."""
    file, log._file = log._file, os.open("/dev/full", os.O_RDWR)
    try:
        yield
    finally:
        os.close(log._file)
        log._file = file


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the kernel refuse to make any file larger than this."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


line = st.binary(min_size=1, max_size=40).filter(lambda text: b"\n" not in text)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(line, max_size=5), max_size=12), st.binary(max_size=30))
def test_reopening_after_any_torn_tail_keeps_every_whole_line(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]], tail: bytes
) -> None:
    folder = tmp_path_factory.mktemp("log")
    written: list[bytes] = []
    for batch in batches:
        log = EventLog(folder, "accepted", segment_bytes=64)
        log.append(batch)
        log.close()
        written += batch
        with segments(folder, "accepted")[-1].path.open("ab") as file:
            file.write(tail.replace(b"\n", b""))
    assert lines_of(folder) == written
