"""A step of the path: what it does, what it leaves behind, what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cdp.settings import Settings

Progress = Callable[[str, int, int], None]
"""Receives what is being done, how much is done and how much there is (0: unknown)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did.

    Attributes:
        rows: Rows that it read, wrote or sent; what they are stands in ``unit``.
        unit: The noun that ``rows`` counts, such as ``events loaded``.
        look: Where a person looks next: a table, a file or a command.
        notes: Further lines worth reading.
    """

    rows: int
    unit: str
    look: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of the path.

    Attributes:
        name: One word, used on the command line and in the state file.
        title: What a person reads while it runs.
        run: Does the work; running it twice gives what running it once gives.
        inputs: Fingerprint of all it depends on; equal to the last successful run's
            means that it has nothing to do. None: the step looks for itself.
        stage: The first stage of the guide that has this step.
    """

    name: str
    title: str
    run: Callable[[Settings, Progress], Outcome]
    inputs: Callable[[Settings], str] | None = None
    stage: str = "starter"
