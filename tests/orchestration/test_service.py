from __future__ import annotations

import os
import urllib.request
from pathlib import Path

import pytest

from cdp.errors import Unavailable
from orchestration.service import running_service

SERVER = """
import argparse, http.server, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--ready-file")
server = http.server.HTTPServer(
    ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler
)
ready = pathlib.Path(parser.parse_args().ready_file)
ready.write_text(json.dumps({"port": server.server_port}))
pathlib.Path(os.environ["PID_FILE"]).write_text(str(os.getpid()))
server.serve_forever()
"""


def test_a_service_answers_inside_the_block_and_is_gone_after_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "small_server.py").write_text(SERVER)
    environment = {
        "PYTHONPATH": str(tmp_path),
        "PID_FILE": str(tmp_path / "pid"),
    }
    with running_service(
        "small_server", [], log_file=tmp_path / "log", environment=environment
    ) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
        pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_service_that_cannot_start_names_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        pytest.raises(Unavailable, match="did not start") as raised,
        running_service("no_such_module_at_all", [], log_file=log),
    ):
        pass
    assert str(log) in str(raised.value)
    assert "no_such_module_at_all" in log.read_text()
