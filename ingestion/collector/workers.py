"""Several collectors behind one port: started, watched, restarted, stopped together.

Each worker is a process of its own with a partition of the event log of its own, and
listens on the same port by itself: the kernel deals out connections (SO_REUSEPORT).
What one of them is doing when it dies was not acknowledged, so SDKs send it again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from cdp.errors import Misconfigured
from cdp.serving import write_ready_file

_LOOK_SECONDS = 0.02
_PAUSE_SECONDS = 1.0  # before one that died is started again


class Workers:
    """The workers of one port.

    Args:
        command: Starts one worker; partition and ready file are added to it.
        count: How many; their partitions are "0", "1" and so on.
    """

    def __init__(self, command: Sequence[str], count: int) -> None:
        self._command, self._count = command, count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._stopping = threading.Event()

    def run(self, port: int, ready_file: Path | None) -> None:
        """Serve until SIGINT or SIGTERM, then let all workers finish.

        Args:
            port: What all listen on.
            ready_file: Gets ``{"port": N}`` once all of them answer.

        Raises:
            Misconfigured: A worker did not come up; it has said why.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            try:
                self._start_all(folder)
                if ready_file is not None and not self._stopping.is_set():
                    write_ready_file(ready_file, port)
                while not self._stopping.wait(_LOOK_SECONDS):
                    self._restart_dead(folder)
            finally:
                self._stop()

    def _start_all(self, folder: Path) -> None:
        self._processes = [
            self._start(partition, folder) for partition in range(self._count)
        ]
        while not self._stopping.wait(_LOOK_SECONDS):
            if any(process.poll() is not None for process in self._processes):
                raise Misconfigured(
                    "a worker did not start", fix="Its reason stands above"
                )
            if len(list(folder.glob("*.json"))) == self._count:
                return

    def _start(self, partition: int, folder: Path) -> subprocess.Popen[bytes]:
        ready = folder / f"{partition}.json"
        ready.unlink(missing_ok=True)
        return subprocess.Popen(
            [
                *self._command,
                *("--partition", str(partition), "--ready-file", str(ready)),
            ],
            stdin=subprocess.PIPE,  # closes when we are gone, however that happened
            start_new_session=True,  # Ctrl-C reaches only us
        )

    def _restart_dead(self, folder: Path) -> None:
        for partition, process in enumerate(self._processes):
            code = process.poll()
            if code is None:
                continue
            click.echo(f"Worker {partition} ended ({code}); it starts again.", err=True)
            if self._stopping.wait(_PAUSE_SECONDS):
                return
            self._processes[partition] = self._start(partition, folder)

    def _stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()


def worker_command(host: str, port: int, count: int) -> list[str]:
    """Return the command that starts one of several workers."""
    return [
        *(sys.executable, "-m", "ingestion.collector"),
        *("--host", host, "--port", str(port), "--worker-of", str(count)),
    ]


def stop_with_parent() -> None:
    """Stop this process, as SIGTERM does, when the one that started it is gone."""

    def watch() -> None:
        while os.read(0, 1):  # not sys.stdin: its lock would be held while we exit
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent").start()
