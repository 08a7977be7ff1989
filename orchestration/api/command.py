"""``cdp api``: answer questions about the workspace until told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from cdp.serving import listen, serve
from cdp.settings import WORKSPACE_FILE, load_settings
from orchestration.api.app import workspace_api


@click.command(name="api")
@click.option("--host", help="Address to listen on; headwater.yml says it otherwise.")
@click.option("--port", type=int, help="0 takes any free one.")
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Gets the port once it is up."
)
def command(host: str | None, port: int | None, ready_file: Path | None) -> None:
    """Answer what the workspace is set to, and how it does, over HTTP.

    Read only. Callers send a key with the scope of what they ask as Bearer token;
    /openapi.json says what there is. Reads headwater.yml, the tracking plan and the
    event log; opens no warehouse, shows no secret.
    """
    settings = load_settings()
    section = settings.section("api") if "api" in settings.document else {}
    app = workspace_api(settings.environment)
    listening = listen(
        host or str(section.get("host", "127.0.0.1")),
        port if port is not None else section.get("port", 8070),
        place=f"{WORKSPACE_FILE}: api",
        variable="CDP_API_PORT",
    )
    address, taken = listening.getsockname()[:2]
    click.echo(f"Answering on http://{address}:{taken}/v1/workspace. Ctrl-C stops.")
    serve(app, listening, ready_file)
