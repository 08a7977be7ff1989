"""``python -m sandbox.tools``: serve the stand-ins until told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

import click
import uvicorn

from cdp.errors import Misconfigured
from cdp.serving import listen, write_ready_file
from sandbox.tools.server import make_app
from sandbox.tools.stand import Stand
from sandbox.tools_store import ToolsStore


@click.command()
@click.option("--store", "store_path", type=click.Path(path_type=Path), required=True)
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=0, help="0 takes a free one.")
@click.option(
    "--or-any", is_flag=True, help="Take a free port where that one is taken."
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path),
    help='Gets {"port": N} once the server answers.',
)
def main(
    store_path: Path, host: str, port: int, or_any: bool, ready_file: Path | None
) -> None:
    """Serve stand-ins of the CRM, the shop's tools and the advertising networks."""
    listening = _listen(host, port, or_any)
    # a half_page fault breaks answers off on purpose
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    store = ToolsStore(store_path)
    config = uvicorn.Config(
        make_app(Stand(store)),
        access_log=False,
        log_config=None,
        lifespan="off",
    )
    try:
        asyncio.run(_serve(uvicorn.Server(config), listening, ready_file))
    finally:
        store.close()


def _listen(host: str, port: int, or_any: bool) -> socket.socket:
    place, variable = "sandbox.tools", "--port"
    try:
        return listen(host, port, place=place, variable=variable)
    except Misconfigured as error:
        if not or_any:
            raise click.ClickException(str(error)) from error
    return listen(host, 0, place=place, variable=variable)


async def _serve(
    server: uvicorn.Server, listening: socket.socket, ready_file: Path | None
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started and ready_file is not None:
        write_ready_file(ready_file, listening.getsockname()[1])
    await serving


if __name__ == "__main__":
    main()
