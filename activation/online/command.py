"""``cdp serve``: answer from the online store until told to stop."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import threading
import time
from pathlib import Path

import click
import uvicorn
import uvloop

from activation.online.api import OnlineApi
from activation.online.keys import session_key
from activation.online.session import SessionTailer
from activation.online.store import OnlineStore, open_store
from cdp.errors import Misconfigured, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings, load_settings

_BACKLOG = 2048
_LOOK_SECONDS = 0.1
_REST_SECONDS = 2.0
_SWEEP_SECONDS = 60.0
_PLACE = f"{WORKSPACE_FILE}: online"
_log = logging.getLogger(__name__)


@click.command(name="serve")
@click.option("--host", help="Address to listen on; headwater.yml says it otherwise.")
@click.option("--port", type=int, help="0 takes any free one.")
@click.option("--engine", type=click.Choice(["lmdb", "redis"]), help="Of the store.")
@click.option(
    "--live", is_flag=True, help="Follow the event log, and rank by the visit."
)
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Gets the port once it is up."
)
def command(
    host: str | None,
    port: int | None,
    engine: str | None,
    ready_file: Path | None,
    *,
    live: bool,
) -> None:
    """Answer profiles, identities and recommendations over HTTP.

    Reads the online store, which `cdp publish` fills; never the warehouse. Callers send
    the key of CDP_ONLINE_API_KEY as Bearer token. One process serves with --live; it
    keeps the sessions for the others.
    """
    settings = load_settings()
    section = settings.section("online")
    if not section.get("api_key"):
        raise Misconfigured("there is no api_key", place=_PLACE, fix="Set one")
    listening = _listen(
        host or str(section.get("host", "127.0.0.1")),
        port if port is not None else int(section.get("port", 8090)),
    )
    store = open_store(settings, engine)
    address, taken = listening.getsockname()[:2]
    click.echo(f"Serving on http://{address}:{taken}. Ctrl-C stops.")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops, then raises the signal again: what comes after shall still run
        signal.signal(number, lambda *_: stop.set())
    tailer = _follow(settings, store, stop) if live else None
    try:
        api = OnlineApi(store, str(section["api_key"]))
        uvloop.run(_serve(api, listening, ready_file))
    finally:
        stop.set()
        if tailer is not None:
            tailer.join()
        store.close()


def _follow(
    settings: Settings, store: OnlineStore, stop: threading.Event
) -> threading.Thread:
    """Keep sessions in a thread until told to stop."""
    tailer = SessionTailer(settings, store)

    def follow() -> None:
        swept_at = time.monotonic()
        while not stop.is_set():
            try:
                if not tailer.step():
                    stop.wait(_LOOK_SECONDS)
                if time.monotonic() - swept_at > _SWEEP_SECONDS:
                    swept_at = time.monotonic()
                    store.sweep(session_key(""))
            except Unavailable as error:
                _log.warning("%s; sessions wait", error)
                stop.wait(_REST_SECONDS)

    thread = threading.Thread(target=follow, name="sessions", daemon=True)
    thread.start()
    return thread


def _listen(address: str, number: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, number))
    except OSError as error:
        listening.close()
        raise Misconfigured(
            f"cannot listen on {address}:{number} ({error.strerror})",
            place=_PLACE,
            fix="Choose another port (CDP_ONLINE_PORT), or stop what has it",
        ) from error
    listening.listen(_BACKLOG)
    return listening


async def _serve(
    api: OnlineApi, listening: socket.socket, ready_file: Path | None
) -> None:
    config = uvicorn.Config(
        api,
        log_level="warning",
        access_log=False,  # addresses hold the ids of people
        http="httptools",
        ws="none",
        server_header=False,
        date_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if ready_file is not None and server.started:
        new = ready_file.with_name(ready_file.name + ".new")
        port = listening.getsockname()[1]
        new.write_text(json.dumps({"port": port}), encoding="utf-8")
        new.replace(ready_file)
    await serving
