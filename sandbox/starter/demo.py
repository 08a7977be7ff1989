"""``cdp demo --stage starter``: a busy day, and the same number in every tool.

Orders come in through an SDK, four tools get them live while each of them fails in its
own way, and the report counts what every one of them has.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from cdp.errors import Unavailable
from cdp.settings import Settings
from cdp.yaml_text import read_yaml
from orchestration.display import Display
from orchestration.path import steps_for
from orchestration.report import Report, conversion_report
from orchestration.report_command import report_lines
from orchestration.run import run_steps
from orchestration.service import running_service
from sandbox.environment import demo_environment
from sandbox.starter.day import Day, send_step, spoil

TOOLS_PORT = 9400
_ROUNDS = 5
_TIMEOUT_SECONDS = "2"  # so that nobody waits half a minute for a tool that hangs
_FAULTS: list[dict[str, Any]] = [
    *(
        {"tool": tool, "kind": "status", "status": status, "after": after, **more}
        for tool, status, after, more in (
            ("google_analytics", 503, 5, {"count": 3}),
            ("google_analytics", 429, 40, {"retry_after": 0.5, "count": 2}),
            ("google_ads", 500, 3, {"count": 1}),
            ("google_ads", 429, 5, {"retry_after": 0.5, "count": 2}),
            ("meta", 500, 2, {"count": 2}),
            ("mixpanel", 502, 1, {"count": 1}),
            ("mixpanel", 429, 3, {"retry_after": 0.5, "count": 2}),
        )
    ),
    # taken, but the answer never came whole: sent again, it must not count twice
    *(
        {"tool": tool, "kind": "half_page", "after": 4, "count": 1}
        for tool in ("google_analytics", "google_ads", "meta", "mixpanel")
    ),
    {"tool": "google_ads", "kind": "reject_records", "one_in": 7, "count": 2},
    # taken, but the answer comes after we have given up waiting
    *(
        {"tool": tool, "kind": "slow", "seconds": 3, "after": 6, "count": 1}
        for tool in ("google_analytics", "google_ads", "meta", "mixpanel")
    ),
]


@dataclass(frozen=True, slots=True)
class StarterResult:
    """How the day ended.

    Attributes:
        report: What Headwater counts.
        held: By tool, the ids of the orders that the tool itself counts.
    """

    report: Report
    held: dict[str, set[str]]


def starter_settings(settings: Settings) -> Settings:
    """Return the workspace as a company at the first stage would have it."""
    file = Path(__file__).with_name("workspace.yml")
    document = read_yaml(file.read_text(encoding="utf-8"))
    return replace(settings, document=document, environment=dict(os.environ))


def run_starter(settings: Settings, day: Day, display: Display) -> StarterResult:
    """Run the day on a workspace and print the report.

    Args:
        settings: The workspace; its data folder is the shop's.
        day: Which orders.
        display: Where progress and the report go.

    Raises:
        CdpError: A step failed; running it again goes on there.
    """
    logs = settings.data_dir / "logs"
    os.environ.update(demo_environment(0) | {"CDP_TIMEOUT_SECONDS": _TIMEOUT_SECONDS})
    run_steps(settings, [send_step(day, logs)], display)
    store = settings.data_dir / "sandbox" / "tools.sqlite"
    with running_service(
        "sandbox.tools",
        ["--store", str(store), "--port", str(TOOLS_PORT), "--or-any"],
        log_file=logs / "tools.log",
    ) as port:
        tools = f"http://127.0.0.1:{port}"
        os.environ.update(demo_environment(port))
        settings = starter_settings(settings)
        spoil(tools, _FAULTS)
        display.say("Each tool now fails in its own way: 429, 5xx, half an answer …")
        _run_path(settings, display)
        orders = httpx.get(f"{tools}/_control/orders", timeout=60).json()
    report = conversion_report(settings, 7)
    display.say("")
    for line in report_lines(report):
        display.say(line)
    held = {tool: set(orders[tool]) for tool in settings.document["destinations"]}
    display.say(
        "What the tools themselves count: "
        + ", ".join(f"{tool} {len(found):,}" for tool, found in held.items())
    )
    return StarterResult(report, held)


def _run_path(settings: Settings, display: Display) -> None:
    """Run the stage's steps; a tool that is still down is met again next time."""
    for number in range(1, _ROUNDS + 1):
        try:
            run_steps(settings, steps_for(settings), display)
        except Unavailable as error:
            if number == _ROUNDS:
                raise
            display.say(f"  {error.message}; once more")
        else:
            return
