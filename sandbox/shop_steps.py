"""The two steps of the demo that the product does not have: being a shop."""

from __future__ import annotations

import os
from pathlib import Path

from cdp.settings import Settings
from orchestration.service import running_service
from orchestration.step import Outcome, Progress, Step
from sandbox.company_file import Company
from sandbox.environment import WRITE_KEYS, demo_environment


def shop_steps(company: Company, logs: Path) -> list[Step]:
    """Return the steps that make the shop's history and send its events.

    Args:
        company: Which shop.
        logs: Folder for what the collector prints.
    """

    def fingerprint(_: Settings) -> str:
        return company.fingerprint

    def live(settings: Settings, progress: Progress) -> Outcome:
        from sandbox.simulate import write_company  # noqa: PLC0415 - slow to import

        written = write_company(company, settings.data_dir, progress)
        return Outcome(
            written.documents,
            "records in SaaS tools",
            "var/sandbox/tools.sqlite, truth/*.parquet",
        )

    def send(_: Settings, progress: Progress) -> Outcome:
        from sandbox.simulate import send_events  # noqa: PLC0415

        os.environ.update(demo_environment(0))
        with running_service(
            "ingestion.collector", ["--port", "0"], log_file=logs / "collector.log"
        ) as port:
            sent = send_events(
                company, f"http://127.0.0.1:{port}", WRITE_KEYS, progress
            )
        return Outcome(sent, "events sent by SDK", "var/event_log/accepted/0/")

    return [
        Step("simulate", "Live a year of a shop", live, fingerprint),
        Step("send", "Send its events by SDK", send, fingerprint),
    ]
