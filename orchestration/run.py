"""Run the path: each step that has something new, in order, until one fails."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings
from orchestration.display import Display
from orchestration.state import last_inputs, remember_inputs
from orchestration.step import Outcome, Step


@dataclass(frozen=True, slots=True)
class Ran:
    """One step of a run.

    Attributes:
        step: The step.
        outcome: What it did; None where it had nothing new and was skipped.
        seconds: How long it took, its own look for news included.
    """

    step: Step
    outcome: Outcome | None
    seconds: float


def run_steps(
    settings: Settings, steps: Sequence[Step], display: Display, *, again: bool = False
) -> list[Ran]:
    """Run these steps in order.

    Args:
        settings: The workspace.
        steps: What to run.
        display: Where progress goes.
        again: Run also what has nothing new.

    Raises:
        CdpError: A step failed; the ones before it stay done and are skipped by the
            next run.
    """
    return [_run_step(settings, step, display, again=again) for step in steps]


def run_until_settled(
    settings: Settings, steps: Sequence[Step], display: Display, *, again: bool = False
) -> list[Ran]:
    """Run these steps, and once more where syncs wrote to tools that are sources too.

    What a tool makes of what it was sent (new records, ids that it lacked) comes back
    with the next load. The second round takes it in, so that the run after this one
    has nothing to do.

    Raises:
        CdpError: A step failed.
    """
    ran = run_steps(settings, steps, display, again=again)
    sent = sum(
        one.outcome.rows for one in ran if one.step.name == "sync" and one.outcome
    )
    if sent and any(step.name == "load" for step in steps):
        display.say("\nThe tools have changed; what they made of it comes back:")
        ran += run_steps(settings, steps, display)
    return ran


def _run_step(settings: Settings, step: Step, display: Display, *, again: bool) -> Ran:
    started = time.monotonic()
    with display.step(step.title) as line:
        fingerprint = step.inputs(settings) if step.inputs else None
        known = last_inputs(settings)
        if fingerprint and not again and known.get(step.name) == fingerprint:
            line.skip()
            return Ran(step, None, time.monotonic() - started)
        outcome = step.run(settings, line.progress)
        if step.inputs and fingerprint:
            # The first build makes the staged columns that the fingerprint is of.
            first = step.name not in known
            remembered = step.inputs(settings) if first else fingerprint
            remember_inputs(settings, step.name, remembered)
        line.finish(outcome)
    return Ran(step, outcome, time.monotonic() - started)


def select_steps(steps: Iterable[Step], only: Sequence[str]) -> list[Step]:
    """Return the named steps in the path's order; all of them where none is named.

    Raises:
        Misconfigured: A step is named that the workspace's stage does not have.
    """
    steps = list(steps)
    missing = [name for name in only if name not in {step.name for step in steps}]
    if missing:
        raise Misconfigured(
            f"this stage has no step {', '.join(missing)}",
            place=f"{WORKSPACE_FILE}: stage",
            fix=f"Name one of {', '.join(step.name for step in steps)}, or raise stage",
        )
    return [step for step in steps if not only or step.name in only]
