"""The warehouse: one DuckDB file, written by one process at a time.

Loader, dbt and ml take the same file lock before they open the file for writing; the
second one says whom it waits for. Readers that must not wait open a published snapshot:
a copy under a new name for each run, found through an atomically replaced pointer
(DuckDB returns old data when one process opens a replaced path a second time).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from cdp.errors import Misconfigured, Unavailable
from cdp.quoting import literal
from cdp.settings import Settings

LOCK_WAIT_SECONDS = 1800
SNAPSHOTS_KEPT = 2
_POLL_SECONDS = 0.2
_NAME_SECONDS = 2.0


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


@contextmanager
def writing_turn(
    settings: Settings,
    purpose: str,
    *,
    wait_seconds: float = LOCK_WAIT_SECONDS,
    say: Callable[[str], None] = _say,
) -> Iterator[None]:
    """Hold the right to write the warehouse, waiting for whoever holds it.

    Args:
        settings: The workspace.
        purpose: What the waiting process is told, such as ``load stripe``.
        wait_seconds: How long to wait before giving up.
        say: Receives the one line that says who is waited for.

    Raises:
        Unavailable: The turn did not come within ``wait_seconds``.
    """
    lock = take_writing_turn(settings, purpose, wait_seconds=wait_seconds, say=say)
    try:
        yield
    finally:
        lock.release()


def take_writing_turn(
    settings: Settings,
    purpose: str,
    *,
    wait_seconds: float = LOCK_WAIT_SECONDS,
    say: Callable[[str], None] = _say,
) -> FileLock:
    """Take the right to write the warehouse; the caller or the process's end frees it.

    The operating system frees the lock when the process ends, however it ends.

    Raises:
        Unavailable: The turn did not come within ``wait_seconds``.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    # dbt takes the turn in one thread and gives it back in another
    lock = FileLock(settings.data_dir / "warehouse.lock", thread_local=False)
    holder_file = settings.data_dir / "warehouse.holder.json"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"The warehouse is in use by {_holder(holder_file)}; waiting for it.")
        try:
            lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
        except Timeout as error:
            raise Unavailable(
                f"still in use by {_holder(holder_file)} after {wait_seconds:g} s",
                place=str(settings.warehouse_path),
                fix="Wait for it to end, or stop it, and run this again",
            ) from error
    holder_file.write_text(
        json.dumps({"pid": os.getpid(), "purpose": purpose, "since": time.time()}),
        encoding="utf-8",
    )
    return lock


def _holder(holder_file: Path) -> str:
    # who has just got the turn writes its name a moment later
    deadline = time.monotonic() + _NAME_SECONDS
    while not (name := _name_in(holder_file)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS / 10)
    return name or "another process"


def _name_in(holder_file: Path) -> str:
    try:
        holder = json.loads(holder_file.read_text(encoding="utf-8"))
        seconds = time.time() - holder["since"]
        return f"'{holder['purpose']}' (process {holder['pid']}, for {seconds:.0f} s)"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@contextmanager
def open_warehouse(
    settings: Settings, purpose: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, in turn, with time zone UTC.

    Raises:
        Unavailable: The turn did not come in time.
    """
    with writing_turn(settings, purpose), open_in_turn(settings) as connection:
        yield connection


@contextmanager
def open_in_turn(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, with time zone UTC; the caller has the turn.

    Raises:
        Unavailable: A program that takes no turn, such as a SQL editor, has it open.
    """
    try:
        connection = duckdb.connect(str(settings.warehouse_path))
    except duckdb.IOException as error:
        raise _not_opened(settings.warehouse_path, error) from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _not_opened(file: Path, error: duckdb.IOException) -> Unavailable:
    if "lock" not in str(error):
        said = str(error).split("\n", 1)[0]
        return Unavailable(f"the file cannot be opened ({said})", place=str(file))
    holder = re.search(r"PID \d+", str(error))
    return Unavailable(
        f"the file is open in another process{f' ({holder[0]})' if holder else ''}",
        place=str(file),
        fix="Wait for it to end, and run this again",
    )


def publish_snapshot(settings: Settings) -> Path:
    """Copy the warehouse under a new name and point readers at the copy.

    Returns:
        The copy. Older copies beyond the newest two are removed.
    """
    folder = settings.data_dir / "published"
    folder.mkdir(parents=True, exist_ok=True)
    with open_warehouse(settings, "publish a snapshot") as connection:
        connection.execute("checkpoint")
        copy = folder / f"warehouse-{time.time_ns()}.duckdb"
        try:
            shutil.copyfile(settings.warehouse_path, copy)
        except OSError:  # a part of a copy would keep a full disk full
            copy.unlink(missing_ok=True)
            raise
    pointer = folder / "current.new"
    pointer.write_text(copy.name, encoding="utf-8")
    pointer.replace(folder / "current")
    for old in sorted(folder.glob("warehouse-*.duckdb"))[:-SNAPSHOTS_KEPT]:
        old.unlink()
    return copy


@contextmanager
def open_snapshot(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the newest published snapshot for reading; never waits for a writer.

    Raises:
        Misconfigured: Nothing has been published yet.
    """
    folder = settings.data_dir / "published"
    try:
        name = (folder / "current").read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(
            "no snapshot of the warehouse has been published",
            place=str(folder),
            fix="Run `cdp run` (or `cdp demo`) first",
        ) from error
    with _attached(settings, folder / name) as connection:
        yield connection


@contextmanager
def open_unpublished(
    settings: Settings, purpose: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse itself for reading, where nobody writes it; never waits.

    For what is to be seen before a first snapshot. Who wants to write meanwhile waits.

    Raises:
        Unavailable: Somebody writes it now.
    """
    with (
        writing_turn(settings, purpose, wait_seconds=0, say=lambda _: None),
        _attached(settings, settings.warehouse_path) as connection,
    ):
        yield connection


@contextmanager
def _attached(settings: Settings, file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    try:
        # views name the catalog they were made in, which is not that of the copy's name
        catalog = settings.warehouse_path.stem
        try:
            connection.execute(f"attach {literal(str(file))} as {catalog} (read_only)")
        except duckdb.IOException as error:
            raise _not_opened(file, error) from error
        connection.execute(f"use {catalog}")
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
