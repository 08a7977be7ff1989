"""Run one of our ASGI applications on a socket: the collector, the online API."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from cdp.errors import Misconfigured

_BACKLOG = 2048
_LAST_PORT = 65_535
_GRACE_SECONDS = 20
# Requests leave next to no cycles behind, and each makes hundreds of small objects: at
# Python's own 700 the search for cycles takes a tenth of the time.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
# A thread that has written to disk waits no longer than this to say so (Python: 5 ms).
_THREAD_SECONDS = 0.001


def listen(host: str, port: int | str, *, place: str, variable: str) -> socket.socket:
    """Return a socket that listens; port 0 takes any free one.

    Args:
        host: Address to listen on.
        port: Its port, as a number or as an environment variable has it.
        place: Section of ``headwater.yml``, for the error.
        variable: Environment variable that changes the port, for the error.

    Raises:
        Misconfigured: The address is taken or not ours.
    """
    listening = bind(host, port, place=place, variable=variable)
    listening.listen(_BACKLOG)
    return listening


def bind(
    host: str, port: int | str, *, place: str, variable: str, is_shared: bool = False
) -> socket.socket:
    """Return a socket that has its port and does not listen yet; ``serve`` lets it.

    Args:
        host: As for ``listen``, and so are the others.
        port: Its port.
        place: For the error.
        variable: For the error.
        is_shared: Other processes of ours have the same port (SO_REUSEPORT).

    Raises:
        Misconfigured: The port is none, or the address is taken or not ours.
    """
    number = str(port)
    if not (number.isascii() and number.isdecimal() and int(number) <= _LAST_PORT):
        raise Misconfigured(
            f"{number!r} is no port",
            place=f"{place}.port",
            fix=f"Write a whole number from 0 to {_LAST_PORT} ({variable})",
        )
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, int(number)))
    except OSError as error:
        listening.close()
        raise Misconfigured(
            f"cannot listen on {host}:{port} ({error.strerror})",
            place=place,
            fix=f"Choose another port ({variable}), or stop what has it",
        ) from error
    return listening


def serve(app: Any, listening: socket.socket, ready_file: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM, letting requests under way finish.

    Args:
        app: An ASGI application.
        listening: Where requests come in; it need not listen yet.
        ready_file: Gets ``{"port": N}`` once requests are answered.
    """
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Until uvicorn listens to signals they are ours to hear. It stops, then raises
        # the signal again: what comes after shall still run.
        signal.signal(number, lambda *_: told_to_stop.set())
    sys.setswitchinterval(_THREAD_SECONDS)
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    uvloop.run(_serve(app, listening, ready_file, told_to_stop))


async def _serve(
    app: Any,
    listening: socket.socket,
    ready_file: Path | None,
    told_to_stop: threading.Event,
) -> None:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses may hold the ids of people
        http="httptools",
        ws="none",
        proxy_headers=False,  # whoever asks for scheme or host reads the headers
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if told_to_stop.is_set():
        server.should_exit = True
    if ready_file is not None and server.started:
        write_ready_file(ready_file, listening.getsockname()[1])
    await serving


def write_ready_file(file: Path, port: int) -> None:
    """Write ``{"port": N}``, whole at once."""
    new = file.with_name(file.name + ".new")
    new.write_text(json.dumps({"port": port}), encoding="utf-8")
    new.replace(file)
