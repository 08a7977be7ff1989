from __future__ import annotations

import subprocess
import sys

TOLD_WHILE_STARTING = """
import gc, os, signal
from cdp.serving import listen, serve

freeze = gc.freeze
gc.freeze = lambda: (freeze(), os.kill(os.getpid(), signal.SIGTERM))

async def app(scope, receive, send):
    "Answers nothing: nobody asks."

serve(app, listen("127.0.0.1", 0, place="here", variable="PORT"))
"""


def test_a_server_that_is_told_to_stop_while_it_starts_stops() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", TOLD_WHILE_STARTING],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
