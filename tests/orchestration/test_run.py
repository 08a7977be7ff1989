from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import Settings
from orchestration.display import Display
from orchestration.run import run_steps, select_steps
from orchestration.state import last_inputs
from orchestration.step import Outcome, Progress, Step


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})


class Counter:
    """A step's work that counts how often it was done."""

    def __init__(self, failures: int = 0) -> None:
        self.times = 0
        self.failures = failures

    def __call__(self, settings: Settings, progress: Progress) -> Outcome:
        self.times += 1
        progress("working", 1, 1)
        if self.times <= self.failures:
            raise Unavailable("the tool is down")
        return Outcome(self.times, "rows", "a table")


def display() -> tuple[Display, io.StringIO]:
    written = io.StringIO()
    return Display(Console(file=written, soft_wrap=True)), written


def test_a_step_with_the_same_inputs_is_skipped_the_second_time(
    settings: Settings,
) -> None:
    work = Counter()
    step = Step("build", "Build", work, inputs=lambda _: "same")
    screen, written = display()
    first = run_steps(settings, [step], screen)
    second = run_steps(settings, [step], screen)
    assert work.times == 1
    assert first[0].outcome is not None
    assert second[0].outcome is None
    assert "nothing new" in written.getvalue()


def test_a_step_with_new_inputs_runs_again(settings: Settings) -> None:
    work, inputs = Counter(), iter("aabb")
    step = Step("build", "Build", work, inputs=lambda _: next(inputs))
    screen, _ = display()
    run_steps(settings, [step], screen)
    run_steps(settings, [step], screen)
    assert work.times == 2


def test_a_failed_step_is_not_remembered_and_the_run_goes_on_there(
    settings: Settings,
) -> None:
    before, failing = Counter(), Counter(failures=1)
    steps = [
        Step("load", "Load", before, inputs=lambda _: "loaded"),
        Step("build", "Build", failing, inputs=lambda _: "built"),
    ]
    screen, written = display()
    with pytest.raises(Unavailable):
        run_steps(settings, steps, screen)
    assert set(last_inputs(settings)) == {"load"}
    assert "✗ Build" in written.getvalue()
    run_steps(settings, steps, screen)
    assert (before.times, failing.times) == (1, 2)


def test_a_step_without_inputs_looks_for_itself_every_time(settings: Settings) -> None:
    work = Counter()
    screen, _ = display()
    for _ in range(2):
        run_steps(settings, [Step("sync", "Sync", work)], screen)
    assert work.times == 2


def test_again_runs_what_has_nothing_new(settings: Settings) -> None:
    work = Counter()
    step = Step("build", "Build", work, inputs=lambda _: "same")
    screen, _ = display()
    run_steps(settings, [step], screen)
    run_steps(settings, [step], screen, again=True)
    assert work.times == 2


def test_named_steps_keep_the_order_of_the_path() -> None:
    steps = [Step(name, name, Counter()) for name in ("load", "build", "sync")]
    assert [step.name for step in select_steps(steps, ["sync", "load"])] == [
        "load",
        "sync",
    ]


def test_a_step_that_the_stage_does_not_have_is_not_left_out_in_silence() -> None:
    steps = [Step(name, name, Counter()) for name in ("load", "build")]
    with pytest.raises(Misconfigured, match="this stage has no step sync"):
        select_steps(steps, ["load", "sync"])
