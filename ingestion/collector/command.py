"""``cdp collect``: receive events until told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from cdp.serving import listen, serve
from cdp.settings import load_settings
from cdp.tracking_plan import load_plan
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
from ingestion.collector.receive import sources_by_write_key


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
    section = settings.section("collector") if "collector" in settings.document else {}
    listening = listen(
        host or str(section.get("host", "127.0.0.1")),
        port if port is not None else int(section.get("port", 8080)),
        place="headwater.yml: collector",
        variable="CDP_COLLECTOR_PORT",
    )
    sources = sources_by_write_key(settings)
    plan = load_plan(settings.project_dir / "tracking_plan")
    committer = Committer(settings.event_log_dir, partition)
    address, taken = listening.getsockname()[:2]
    click.echo(
        f"Collecting on http://{address}:{taken} for {', '.join(sources.values())};"
        f" {len(plan.events)} events are planned. Ctrl-C stops."
    )
    serve(Collector(sources, plan, committer), listening, ready_file)
