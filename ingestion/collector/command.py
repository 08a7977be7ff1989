"""``cdp collect``: receive events until told to stop."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import click
import uvicorn
import uvloop

from cdp.errors import Misconfigured
from cdp.settings import Settings, load_settings
from cdp.tracking_plan import load_plan
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
from ingestion.collector.receive import sources_by_write_key

_BACKLOG = 2048


@click.command(name="collect")
@click.option("--host", help="Address to listen on; headwater.yml says it otherwise.")
@click.option("--port", type=int, help="0 takes any free one.")
@click.option(
    "--partition", default="0", show_default=True, help="One per collector process."
)
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Gets the port once it is up."
)
def command(
    host: str | None, port: int | None, partition: str, ready_file: Path | None
) -> None:
    """Receive events over HTTP and write them to the event log.

    Takes what the SDKs of Segment and RudderStack send. Answers 200 only after the
    events are on disk; what breaks the tracking plan is kept in quarantine with its
    reason. SIGTERM lets requests finish.
    """
    settings = load_settings()
    listening = _listen(settings, host, port)
    sources = sources_by_write_key(settings)
    plan = load_plan(settings.project_dir / "tracking_plan")
    committer = Committer(settings.event_log_dir, partition)
    address, taken = listening.getsockname()[:2]
    click.echo(
        f"Collecting on http://{address}:{taken} for {', '.join(sources.values())};"
        f" {len(plan.events)} events are planned. Ctrl-C stops."
    )
    uvloop.run(_serve(Collector(sources, plan, committer), listening, ready_file))


def _listen(settings: Settings, host: str | None, port: int | None) -> socket.socket:
    section = settings.section("collector") if "collector" in settings.document else {}
    address = host or str(section.get("host", "127.0.0.1"))
    number = port if port is not None else int(section.get("port", 8080))
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, number))
    except OSError as error:
        raise Misconfigured(
            f"cannot listen on {address}:{number} ({error.strerror})",
            place="headwater.yml: collector",
            fix="Choose another port (CDP_COLLECTOR_PORT), or stop what has it",
        ) from error
    listening.listen(_BACKLOG)
    return listening


async def _serve(
    app: Collector, listening: socket.socket, ready_file: Path | None
) -> None:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        http="httptools",
        ws="none",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=20,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if ready_file is not None and server.started:
        ready_file.write_text(
            json.dumps({"port": listening.getsockname()[1]}), encoding="utf-8"
        )
    await serving
