from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import Settings
from cdp.warehouse import (
    open_snapshot,
    open_warehouse,
    publish_snapshot,
    writing_turn,
)

WRITER = """
import sys
from pathlib import Path
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
folder = Path(sys.argv[1])
settings = Settings(folder, folder, {}, {})
with open_warehouse(settings, sys.argv[2]) as connection:
    connection.execute("create table if not exists said (word varchar)")
    connection.execute("insert into said values (?)", [sys.argv[2]])
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path, {}, {})


def start(folder: Path, word: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), word],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_a_second_writer_says_whom_it_waits_for_and_then_works(
    settings: Settings,
) -> None:
    with (
        start(settings.data_dir, "first") as first,
        start(settings.data_dir, "second") as second,
    ):
        writers = [first, second]
        assert first.stdout is not None
        assert second.stdout is not None
        # Whoever is first is writing; the other one must say that it waits.
        import select

        ready, _, _ = select.select([first.stdout, second.stdout], [], [], 60)
        winner = first if first.stdout in ready else second
        loser = second if winner is first else first
        assert winner.stdout is not None
        assert winner.stdout.readline() == "writing\n"
        assert loser.stderr is not None
        waiting = loser.stderr.readline()
        name = "first" if winner is first else "second"
        assert f"in use by '{name}' (process {winner.pid}" in waiting
        for writer in (winner, loser):
            writer.communicate(input="", timeout=60)
        assert [writer.returncode for writer in writers] == [0, 0]
    with open_warehouse(settings, "read") as connection:
        words = connection.execute("select word from said order by word").fetchall()
    assert words == [("first",), ("second",)]


def test_a_killed_writer_frees_the_warehouse(settings: Settings) -> None:
    with start(settings.data_dir, "killed") as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.kill()
        writer.wait(30)
    with open_warehouse(settings, "after") as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_waiting_too_long_ends_with_who_has_it(settings: Settings) -> None:
    said: list[str] = []
    with start(settings.data_dir, "long build") as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        with (
            pytest.raises(Unavailable, match="long build"),
            writing_turn(settings, "late", wait_seconds=0.3, say=said.append),
        ):
            pass
        writer.communicate(input="", timeout=60)
    assert "waiting" in said[0]


SQL_EDITOR = """
import sys
import duckdb
with duckdb.connect(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_program_that_takes_no_turn_is_named_in_a_sentence(
    settings: Settings,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SQL_EDITOR, str(settings.warehouse_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as editor:
        assert editor.stdout is not None
        assert editor.stdout.readline() == "open\n"
        said = rf"the file is open in another process \(PID {editor.pid}\)"
        with pytest.raises(Unavailable, match=said):
            publish_snapshot(settings)
        editor.communicate("")
    publish_snapshot(settings)


def test_a_copy_that_breaks_off_is_not_left_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(_: Path, copy: Path) -> None:
        copy.write_bytes(b"a part")
        raise OSError(errno.ENOSPC, "No space left on device", str(copy))

    publish_snapshot(settings)
    monkeypatch.setattr(shutil, "copyfile", fill_the_disk)
    with pytest.raises(OSError, match="No space"):
        publish_snapshot(settings)
    assert len(list((settings.data_dir / "published").glob("*.duckdb"))) == 1


def test_readers_of_a_snapshot_do_not_wait_and_see_the_newest(
    settings: Settings,
) -> None:
    with pytest.raises(Misconfigured, match="no snapshot"), open_snapshot(settings):
        pass
    for number in range(4):
        with open_warehouse(settings, "build") as connection:
            connection.execute(f"create or replace table n as select {number} as n")
        publish_snapshot(settings)
        with writing_turn(settings, "writing"), open_snapshot(settings) as reader:
            assert reader.execute("select n from n").fetchall() == [(number,)]
    assert len(list((settings.data_dir / "published").glob("*.duckdb"))) == 2


def test_views_are_read_in_a_snapshot_whatever_the_copy_is_called(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "one's own"
    settings = Settings(folder, folder, {}, {})
    with open_warehouse(settings, "test") as connection:
        connection.execute("create table words as select 'kept' as word")
        catalog = settings.warehouse_path.stem
        connection.execute(
            f"create view said as select * from {catalog}.main.words"  # noqa: S608
        )
    publish_snapshot(settings)
    with open_snapshot(settings) as reader:
        assert reader.execute("select word from main.said").fetchall() == [("kept",)]
