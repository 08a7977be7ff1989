"""``cdp import``: a company's past, through the same door and the same pipelines."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import click

from cdp.settings import Settings, load_settings
from cdp.warehouse import open_warehouse
from ingestion.batch_client import BatchClient
from ingestion.empty_tables import make_empty_tables
from ingestion.import_orders import import_orders
from ingestion.load import load
from ingestion.load_result import raise_for_failed
from ingestion.order_mapping import OrderMapping, read_mapping
from orchestration.display import Display
from orchestration.online_answers import online_api
from orchestration.path import STEPS
from orchestration.questions import ask_all
from orchestration.run import run_steps
from orchestration.service import running_service
from orchestration.step import Outcome, Progress, Step

# Not the past's: live delivery and syncs would send years-old orders to today's tools.
_BUILT = ("build", "attribute", "score", "build_scores", "publish", "snapshot")
_REMARKS = {
    "S-2": "The file names no customer who has an account.",
    "G-15": "Order lines have no page views and no leads: ask again once the site sends"
    " events and a CRM is loaded.",
    "G-20": "Age and weekly visits are two of the three conditions, which order lines"
    " lack; has_high_value_purchases of marts.customers has the third.",
    "ML-14": "Nobody stands out, or there is too little history.",
}


@click.command(name="import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--mapping",
    "mapping_name",
    default="online_retail",
    show_default=True,
    help="How the file is to be read: a name in ingestion/imports, or a YAML file.",
)
@click.option("--collector", help="Use this one instead of starting one.")
@click.option("--write-key", help="By default that of the source `server`.")
@click.option("--again", is_flag=True, help="Send also what was sent before.")
@click.option("--only-send", is_flag=True, help="Leave loading and building to later.")
def command(
    path: Path,
    mapping_name: str,
    collector: str | None,
    write_key: str | None,
    *,
    again: bool,
    only_send: bool,
) -> None:
    """Replay a Parquet or CSV file of order lines, build on it, and answer.

    Each invoice becomes one order_completed or order_refunded and is posted to the
    collector like any SDK's event; then the same loads, models and scores run. May be
    stopped at any time: the next run goes on. Use a data folder of its own
    (CDP_DATA_DIR): a real past and a simulated shop do not belong together.
    """
    for name in ("WEB", "MOBILE", "SERVER"):
        os.environ.setdefault(f"CDP_{name}_WRITE_KEY", f"import-{name.lower()}-key")
    os.environ.setdefault("CDP_ONLINE_API_KEY", "import-online-key")
    settings, display = load_settings(), Display()
    key = write_key or str(settings.section("sources.server")["write_key"])
    mapping = read_mapping(mapping_name)
    step = _send_step(path, mapping, collector, key, again=again)
    run_steps(settings, [step], display)
    if only_send:
        display.say("Next: cdp run")
        return
    run_steps(settings, [_LOAD], display)
    settings = _stand_at_the_end(settings, display)
    steps = [step for step in STEPS if step.name in _BUILT]
    run_steps(settings, steps, display)
    with online_api(settings, settings.data_dir / "logs") as recommend:
        ask_all(settings, display, recommend, _REMARKS)


def _send_step(
    path: Path, mapping: OrderMapping, collector: str | None, key: str, *, again: bool
) -> Step:
    def send(settings: Settings, progress: Progress) -> Outcome:
        with ExitStack() as stack:
            address = collector or _own_collector(settings, stack)
            client = stack.enter_context(closing(BatchClient(address, key)))
            result = import_orders(
                settings, path, mapping, client, again=again, progress=progress
            )
        counted = (
            f"{result.lines:,} lines in {result.orders:,} orders and"
            f" {result.refunds:,} refunds; {result.amount:,.2f} {mapping.currency};"
            f" {result.events_before:,} events were sent before"
        )
        return Outcome(
            result.events_sent, "events sent", "var event_log/accepted", (counted,)
        )

    return Step("send", f"Import {path.name}"[:28], send)


def _own_collector(settings: Settings, stack: ExitStack) -> str:
    log_file = settings.data_dir / "logs" / "collector.log"
    service = running_service("ingestion.collector", ["--port", "0"], log_file=log_file)
    return f"http://127.0.0.1:{stack.enter_context(service)}"


def _load_events(settings: Settings, progress: Progress) -> Outcome:
    results = load(settings, ["events"], progress=progress)
    raise_for_failed(results)
    make_empty_tables(settings)
    rows = sum(result.rows for result in results)
    return Outcome(rows, "rows loaded", "raw_events.events, raw_events.quarantine")


_LOAD = Step("load", "Load the events", _load_events)


def _stand_at_the_end(settings: Settings, display: Display) -> Settings:
    """Let "the last year" end where the data ends, unless CDP_AS_OF says otherwise."""
    if not settings.environment.get("CDP_AS_OF"):
        with open_warehouse(settings, "find the last event") as connection:
            found = connection.execute(
                "select max(timestamp)::date from raw_events.events"
            ).fetchone()
        if found and found[0]:
            os.environ["CDP_AS_OF"] = f"{found[0] + timedelta(days=1)}T00:00:00"
    os.environ.setdefault("CDP_CHURN_DEFINITION", "lapse")
    display.say(
        f"  As of {os.environ.get('CDP_AS_OF', 'now')}; churn means"
        f" {os.environ['CDP_CHURN_DEFINITION']}. For dbt by hand, export CDP_AS_OF and"
        " CDP_CHURN_DEFINITION."
    )
    return load_settings()
