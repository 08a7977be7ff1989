"""The stand-ins inside a test's own process, on a free port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from sandbox.tools.server import make_app
from sandbox.tools.stand import Stand
from sandbox.tools_store import ToolsStore

_START_SECONDS = 30


@contextmanager
def serving(store_path: Path) -> Iterator[tuple[Stand, int]]:
    """Serve the stand-ins from a thread; yield them and their port on loopback.

    What the requests see can be changed through the stand's store and traffic.
    """
    store = ToolsStore(store_path)
    stand = Stand(store)
    config = uvicorn.Config(
        make_app(stand),
        host="127.0.0.1",
        port=0,
        access_log=False,
        log_config=None,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield stand, _port_of(server)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        store.close()


def _port_of(server: uvicorn.Server) -> int:
    until = time.monotonic() + _START_SECONDS
    while not server.started:
        if time.monotonic() > until:
            message = "the stand-ins did not start"
            raise RuntimeError(message)
        time.sleep(0.005)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
