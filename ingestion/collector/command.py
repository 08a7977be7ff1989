"""``cdp collect``: receive events until told to stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cdp.errors import Misconfigured
from cdp.serving import bind, serve
from cdp.settings import Settings, load_settings
from cdp.tracking_plan import TrackingPlan, load_plan
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
from ingestion.collector.limits import Limits, limits_of, rates_of
from ingestion.collector.plan_file import PlanFile
from ingestion.collector.pressure import Rates
from ingestion.collector.receive import sources_by_write_key
from ingestion.collector.workers import Workers, stop_with_parent, worker_command
from ingestion.quarantine import RETRY
from ingestion.webhooks.open import open_webhooks

_PARTITION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACE, _VARIABLE = "headwater.yml: collector", "CDP_COLLECTOR_PORT"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one process collects."""

    host: str
    port: int | str
    partition: str
    ready_file: Path | None


@click.command(name="collect")
@click.option("--host", help="Address to listen on; headwater.yml says it otherwise.")
@click.option("--port", type=int, help="0 takes any free one.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Processes, of a partition each; headwater.yml says it otherwise, usually 1.",
)
@click.option(
    "--partition",
    default="0",
    show_default=True,
    help="Of the event log, where there is one process.",
)
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Gets the port once it is up."
)
@click.option("--worker-of", type=int, hidden=True)
def command(worker_of: int | None, workers: int | None, **options: Any) -> None:
    """Receive events over HTTP and write them to the event log.

    Takes what the SDKs of Segment and RudderStack send, pixels and webhooks. Answers
    200 only after the events are on disk; what breaks the tracking plan is kept in
    quarantine with its reason; a full disk or too many events are answered with 503 or
    429 and when to come back. SIGTERM lets requests finish. docs/collecting.md has the
    addresses and the limits.
    """
    settings = load_settings()
    section = settings.section("collector") if "collector" in settings.document else {}
    limits = limits_of(section)
    place = _Place(
        options["host"] or str(section.get("host", "127.0.0.1")),
        section.get("port", 8080) if options["port"] is None else options["port"],
        options["partition"],
        options["ready_file"],
    )
    _require_partition(place.partition)
    if worker_of is not None:
        stop_with_parent()
        _collect(settings, limits, place, worker_of)
    elif (count := workers or limits.workers) == 1:
        _collect(settings, limits, place, 1)
    else:
        _collect_together(settings, place, count)


def _require_partition(name: str) -> None:
    if name == RETRY or not _PARTITION.fullmatch(name):
        raise Misconfigured(
            f"{name!r} cannot be a partition of the event log",
            place="--partition",
            fix=f"Use letters, digits, - and _; {RETRY} is what quarantine writes",
        )


def _collect(settings: Settings, limits: Limits, place: _Place, count: int) -> None:
    is_one_of_many = count > 1
    listening = bind(
        place.host,
        place.port,
        place=_PLACE,
        variable=_VARIABLE,
        is_shared=is_one_of_many,
    )
    sources = sources_by_write_key(settings)
    folder = settings.project_dir / "tracking_plan"
    plan_file = PlanFile(folder)
    plan = load_plan(folder)
    committer = Committer(settings.event_log_dir, place.partition, limits)
    rates = Rates(rates_of(_limited_sources(settings), count))
    if not is_one_of_many:
        port = listening.getsockname()[1]
        click.echo(
            f"Collecting on http://{place.host}:{port} for"
            f" {', '.join(sources.values())}; {len(plan.events)} events are planned."
            " Ctrl-C stops."
        )
    webhooks = open_webhooks(settings, plan, limits)
    app = Collector(sources, plan, committer, webhooks, rates=rates)

    def use(changed: TrackingPlan) -> None:
        app.renew(changed, open_webhooks(settings, changed, limits))

    app.while_serving(plan_file.watch(use))
    serve(app, listening, place.ready_file)


def _limited_sources(settings: Settings) -> dict[str, dict[str, Any]]:
    return {
        name: settings.section(f"sources.{name}")
        for name in settings.names("sources")
        if "events_per_second" in settings.document["sources"][name]
    }


def _collect_together(settings: Settings, place: _Place, count: int) -> None:
    sources = sources_by_write_key(settings)
    # Keeps the port ours while workers come and go; it never listens itself.
    with bind(
        place.host, place.port, place=_PLACE, variable=_VARIABLE, is_shared=True
    ) as reservation:
        port = reservation.getsockname()[1]
        click.echo(
            f"Collecting on http://{place.host}:{port} for"
            f" {', '.join(sources.values())} with {count} workers. Ctrl-C stops."
        )
        command = worker_command(place.host, port, count)
        Workers(command, count).run(port, place.ready_file)
