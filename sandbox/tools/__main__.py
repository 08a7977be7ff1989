"""``python -m sandbox.tools``: serve the stand-ins until told to stop."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import click
import uvicorn

from sandbox.tools.server import make_app
from sandbox.tools.stand import Stand
from sandbox.tools_store import ToolsStore


@click.command()
@click.option("--store", "store_path", type=click.Path(path_type=Path), required=True)
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=0, help="0 takes a free one.")
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path),
    help='Gets {"port": N} once the server answers.',
)
def main(store_path: Path, host: str, port: int, ready_file: Path | None) -> None:
    """Serve stand-ins of the CRM, the shop's tools and the advertising networks."""
    # a half_page fault breaks answers off on purpose
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    store = ToolsStore(store_path)
    config = uvicorn.Config(
        make_app(Stand(store)),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        lifespan="off",
    )
    try:
        asyncio.run(_serve(uvicorn.Server(config), ready_file))
    finally:
        store.close()


async def _serve(server: uvicorn.Server, ready_file: Path | None) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started and ready_file is not None:
        port = server.servers[0].sockets[0].getsockname()[1]
        new = ready_file.with_name(ready_file.name + ".new")
        new.write_text(json.dumps({"port": port}), encoding="utf-8")
        new.replace(ready_file)
    await serving


if __name__ == "__main__":
    main()
