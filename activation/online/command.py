"""``cdp serve``: answer from the online store until told to stop."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import click

from activation.online.api import SCOPE, OnlineApi
from activation.online.keys import session_key
from activation.online.session import SessionTailer
from activation.online.store import OnlineStore, open_store
from cdp.api_keys import load_keys
from cdp.errors import Unavailable
from cdp.serving import listen, serve
from cdp.settings import WORKSPACE_FILE, Settings, load_settings

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
    a key that has the scope profiles:read as Bearer token. One process serves with
    --live; it keeps the sessions for the others.
    """
    settings = load_settings()
    section = settings.section("online")
    keys = load_keys(settings, {SCOPE})
    listening = listen(
        host or str(section.get("host", "127.0.0.1")),
        port if port is not None else section.get("port", 8090),
        place=_PLACE,
        variable="CDP_ONLINE_PORT",
    )
    store = open_store(settings, engine)
    address, taken = listening.getsockname()[:2]
    click.echo(f"Serving on http://{address}:{taken}. Ctrl-C stops.")
    stop = threading.Event()
    tailer = _follow(settings, store, stop) if live else None
    try:
        serve(OnlineApi(store, keys), listening, ready_file)
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
