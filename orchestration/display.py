"""Progress that a person reads: live in a terminal, one line a step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from orchestration.step import Outcome

_TITLE_WIDTH = 28


class Line:
    """The line of one step while it runs and after."""

    def __init__(self, title: str, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task
        self._title = title
        self._started = time.monotonic()
        self.text = ""
        self.notes: tuple[str, ...] = ()

    def progress(self, doing: str, done: int, total: int) -> None:
        """Show what is being done and how far it is (total 0: unknown)."""
        self._bar.update(self._task, doing=doing, completed=done, total=total or None)

    def finish(self, outcome: Outcome) -> None:
        """Record what the step did, for the line that stays."""
        counted = f"{outcome.rows:>9,} {outcome.unit}"
        self.text = f"{counted:<34} {self._seconds():>6.1f} s  → {outcome.look}"
        self.notes = outcome.notes

    def skip(self) -> None:
        """Record that there was nothing new."""
        self.text = f"{'nothing new':<34} {self._seconds():>6.1f} s"

    def _seconds(self) -> float:
        return time.monotonic() - self._started


class Display:
    """Where the steps of a run are shown."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Line]:
        """Show one step: a live line while it runs, a plain one after it."""
        bar = Progress(
            SpinnerColumn(),
            TextColumn(f"{title:<{_TITLE_WIDTH}}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[doing]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        with bar:
            line = Line(title, bar, bar.add_task(title, total=None, doing=""))
            try:
                yield line
            except BaseException:
                self.console.print(f"✗ {title}", markup=False)
                raise
        self.console.print(f"✓ {title:<{_TITLE_WIDTH}} {line.text}", markup=False)
        for note in line.notes:
            self.console.print(f"    {note}", markup=False, style="dim")

    def say(self, text: str = "") -> None:
        """Print one plain line."""
        self.console.print(text, markup=False)
