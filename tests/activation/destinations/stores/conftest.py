from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis


@pytest.fixture
def section(postgres: Any, request: Any) -> dict[str, Any]:
    """The server's settings, and a schema of the test's own."""
    return {**postgres.section, "schema": f"of_{abs(hash(request.node.name))}"}


@pytest.fixture
def redis_server(
    tmp_path: Path, free_port: int
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A redis-server of the test's own, and its port."""
    program = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port
    arguments = ("--port", str(port), "--bind", "127.0.0.1", "--save", "")
    process = subprocess.Popen(
        [program, *arguments, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            with redis.Redis(port=port) as client:
                client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            break
    yield process, port
    process.terminate()
    process.wait(30)
