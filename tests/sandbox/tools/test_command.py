from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from orchestration.service import running_service


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_the_stand_ins_take_another_port_where_theirs_is_taken(
    tmp_path: Path, taken_port: int
) -> None:
    arguments = ["--store", str(tmp_path / "tools.sqlite"), "--port", str(taken_port)]
    with running_service(
        "sandbox.tools", [*arguments, "--or-any"], log_file=tmp_path / "log"
    ) as port:
        assert port != taken_port
        answer = httpx.get(f"http://127.0.0.1:{port}/a/tool/that/is/not/there")
        assert answer.status_code == 404


def test_a_taken_port_is_said_in_one_line(tmp_path: Path, taken_port: int) -> None:
    command = [sys.executable, "-m", "sandbox.tools"]
    arguments = ["--store", str(tmp_path / "tools.sqlite"), "--port", str(taken_port)]
    ended = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert "Choose another port" in ended.stderr
    assert "Traceback" not in ended.stderr
