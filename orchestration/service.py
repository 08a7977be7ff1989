"""Start one of our own servers for as long as a command needs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cdp.errors import Unavailable

START_SECONDS = 60
STOP_SECONDS = 30
_POLL_SECONDS = 0.05


@contextmanager
def running_service(
    module: str,
    arguments: Sequence[str],
    *,
    log_file: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run ``python -m module`` until the block ends; yields its port.

    Args:
        module: The server's module; it takes ``--ready-file`` and writes
            ``{"port": N}`` to it once it answers.
        arguments: Its other arguments.
        log_file: Receives what it prints.
        environment: Added to this process's environment.

    Raises:
        Unavailable: It ended, or did not answer within 60 s.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, log_file.open("ab") as log:
        ready_file = Path(folder) / "ready.json"
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, "--ready-file", str(ready_file)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(os.environ) | dict(environment or {}),
        )
        try:
            yield _port(process, ready_file, module, log_file)
        finally:
            _stop(process)


def _port(
    process: subprocess.Popen[bytes], ready_file: Path, module: str, log_file: Path
) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return int(json.loads(ready_file.read_text(encoding="utf-8"))["port"])
        except (OSError, ValueError):
            time.sleep(_POLL_SECONDS)
    raise Unavailable(
        f"{module} did not start", fix=f"Its last words are in {log_file}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
