"""``cdp demo``: the whole path on a simulated shop, and the guide's questions answered.

The shop is the sandbox's; everything else is the product: the collector as its own
process, the SDK that a company would use, the loads, dbt, the models, the syncs against
stand-ins of the tools, the online store and its API.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from cdp.settings import Settings, load_settings
from orchestration.display import Display
from orchestration.path import steps_for
from orchestration.run import Ran, run_steps, run_until_settled
from orchestration.service import running_service
from sandbox.company_file import Company, keep_company
from sandbox.environment import demo_environment, write_environment_file
from sandbox.shop_steps import shop_steps
from sandbox.starter.day import kept_day
from sandbox.starter.demo import run_starter
from sandbox.summary import summarise

TOOLS_PORT = 9400


@click.command(name="demo")
@click.option("--customers", type=click.IntRange(min=20), default=1500)
@click.option("--days", type=click.IntRange(min=60), default=365)
@click.option("--seed", type=int, default=7, help="Another seed is another company.")
@click.option(
    "--stage",
    type=click.Choice(["starter", "real_time"]),
    default="real_time",
    help="starter: a day of orders into four tools that fail, and the same number.",
)
@click.option(
    "--orders", type=click.IntRange(min=1), default=10_000, help="At starter."
)
def command(customers: int, days: int, seed: int, stage: str, orders: int) -> None:
    """Run the whole path on a simulated shop.

    Simulates an e-commerce company, sends its events through an SDK to the collector,
    loads them and the records of its SaaS tools, builds profiles, scores churn,
    recommends products, syncs tools, feeds another one live, fills the online store,
    and answers the guide's questions. Run it again: what has nothing new is skipped.
    """
    settings = load_settings()
    started = time.monotonic()
    display = Display()
    if stage == "starter":
        day = kept_day(settings.data_dir / "sandbox", orders, seed)
        run_starter(settings, day, display)
        display.say(f"\n{time.monotonic() - started:.0f} s in all.")
        return
    wanted = Company(customers, days, seed, datetime.now(UTC).date().isoformat())
    company = keep_company(settings, wanted)
    display.say(
        f"A shop with {company.customers:,} people over {company.days} days"
        f" (seed {company.seed}, until {company.end}); data in {settings.data_dir}\n"
    )
    ran = run_demo(settings, company, display)
    done = sum(bool(one.outcome and one.outcome.rows) for one in ran)
    had = (
        f"{done} of {len(ran)} steps had something to do" if done else "Nothing was new"
    )
    display.say(f"\n{had}; {time.monotonic() - started:.0f} s in all.")


def run_demo(settings: Settings, company: Company, display: Display) -> list[Ran]:
    """Run the demo on a workspace and print its summary.

    Args:
        settings: The workspace; its data folder is the company's.
        company: Which company to simulate.
        display: Where progress and the summary go.

    Raises:
        CdpError: A step failed; running it again goes on there.
    """
    sandbox_dir = settings.data_dir / "sandbox"
    logs = settings.data_dir / "logs"
    ran = run_steps(settings, shop_steps(company, logs), display)
    store = str(sandbox_dir / "tools.sqlite")
    with running_service(
        "sandbox.tools",
        ["--store", store, "--port", str(TOOLS_PORT), "--or-any"],
        log_file=logs / "tools.log",
    ) as tools_port:
        environment = demo_environment(tools_port) | {
            "CDP_AS_OF": f"{company.end}T00:00:00"
        }
        os.environ.update(environment)
        write_environment_file(sandbox_dir / "demo.env", environment)
        settings = load_settings()
        ran += run_until_settled(settings, steps_for(settings), display)
        summarise(settings, display, logs)
    _say_what_next(display, sandbox_dir)
    return ran


def _say_what_next(display: Display, sandbox_dir: Path) -> None:
    store = sandbox_dir / "tools.sqlite"
    display.say("\nLook further, after `source .venv/bin/activate`:")
    for what, how in (
        ("what is loaded, built, sent and waiting", ["cdp status"]),
        (
            "the tables, their columns and where they come from",
            ["dbt docs generate --static", "open target/static_index.html"],
        ),
        (
            "the tools, a sync and the online API by hand",
            [
                f"source {sandbox_dir / 'demo.env'}",
                f"python -m sandbox.tools --store {store} --port $SANDBOX_TOOLS_PORT &",
                "cdp sync plan",
                "cdp serve",
            ],
        ),
    ):
        display.say(f"  {what}")
        for line in how:
            display.say(f"    {line}")
