"""``cdp plan page``: write the plan as one HTML page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from activation.plan_destinations import mapped
from activation.plan_page import rendered
from cdp.plan_files import FOLDER, documents_now
from cdp.settings import load_settings
from cdp.tracking_plan import load_plan
from ingestion.plan_usage import usage_of


@click.command(name="page")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), required=True
)
@click.option("--days", default=30, show_default=True, help="Counts look so far back.")
def page(output: Path, days: int) -> None:
    """Write the plan as one page that needs nothing else: search it, share it.

    Counts stand on it where there is an event log.
    """
    settings = load_settings()
    folder = settings.project_dir / FOLDER
    plan = load_plan(folder)
    documents = documents_now(folder)
    usage = None
    if settings.event_log_dir.is_dir():
        since = datetime.now(UTC) - timedelta(days=days)
        usage = usage_of(settings.event_log_dir, plan, since)
    text = rendered(documents, mapped(settings, documents), usage, days)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output}.")
