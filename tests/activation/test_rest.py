"""A tool that refuses us is left alone, and taken up again when it does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from activation.destinations.delivery import Patience
from activation.forward import error_of, forward_until
from activation.forward_result import ForwardResult
from cdp.errors import Misconfigured
from cdp.settings import Settings

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]
Arrive = Callable[[Settings, list[dict[str, Any]]], None]
Rows = Callable[[Settings], list[dict[str, Any]]]

# events are tried one by one after the second refusal: even then none is given up
HASTY = Patience(
    tries=1, tries_in_all=2, first_pause_seconds=0.001, longest_pause_seconds=0.01
)


@contextmanager
def following(settings: Settings, patience: Patience) -> Iterator[list[ForwardResult]]:
    """Follow the log in a thread; what it returns stands in the list afterwards."""
    stop = threading.Event()
    results: list[ForwardResult] = []

    def follow() -> None:
        results.append(forward_until(settings, stop, patience=patience))

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield results
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_connection_goes_on_by_itself_when_the_tool_takes_it_again(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, status: int
) -> None:
    settings = connected({"closed": {}, "open": {}})
    arrive(settings, [event(number) for number in range(1, 6)])
    answer = {"/closed": status, "/open": 200}
    taken: dict[str, list[str]] = {"/closed": [], "/open": []}
    refused: list[str] = []

    def judge(seen: Any) -> int:
        found = answer[seen.path]
        (taken[seen.path] if found == 200 else refused).append(seen.json["messageId"])
        return found

    tool.judges(judge)
    with following(settings, HASTY) as results:
        _await(lambda: len(taken["/open"]) == 5 and len(refused) > 4)
        arrive(settings, [event(number) for number in range(6, 9)])
        _await(lambda: len(taken["/open"]) == 8 and len(refused) > 8)
        answer["/closed"] = 200
        _await(lambda: len(taken["/closed"]) == 8)

    assert error_of(results[0]) is None
    assert set(refused) == {event(1)["messageId"]}, "what follows it waits"
    in_order = [event(number)["messageId"] for number in range(1, 9)]
    assert taken == {"/closed": in_order, "/open": in_order}


def test_a_refusal_is_told_once_and_so_is_its_end_whatever_comes_between(
    connected: Connect,
    tool: Any,
    event: Make,
    arrive: Arrive,
    delivery_rows: Rows,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = connected({"hook": {}})
    arrive(settings, [event(1)])
    tool.judges(lambda _: 401)

    with following(settings, HASTY):
        _await(lambda: len(tool.seen) > 4)
        tool.judges(lambda _: 503)
        _await(lambda: "HTTP 503" in caplog.text)
        before = len(tool.seen)
        tool.judges(lambda _: 401)
        _await(lambda: len(tool.seen) > before + 2)
        tool.judges(lambda _: 200)
        _await(lambda: "goes on" in caplog.text)

    paused, ended = [one for one in caplog.messages if "HTTP 503" not in one]
    assert paused.startswith("hook is paused: HTTP 401")
    assert ended == "hook is no longer refused and goes on"
    statuses = [row["status"] for row in delivery_rows(settings)]
    assert statuses == ["misconfigured", "delivered"]


def test_a_paused_connection_can_be_stopped_at_once_and_says_why(
    connected: Connect, tool: Any, event: Make, arrive: Arrive
) -> None:
    settings = connected({"closed": {}})
    arrive(settings, [event(1)])
    tool.judges(lambda _: 401)

    with following(settings, Patience()) as results:
        _await(lambda: len(tool.seen) == 1)

    assert len(tool.seen) == 1, "the first pause is 30 seconds"
    error = error_of(results[0])
    assert isinstance(error, Misconfigured)
    assert "HTTP 401" in str(error)


def test_another_refusal_is_told_as_well(
    connected: Connect,
    tool: Any,
    event: Make,
    arrive: Arrive,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = connected({"closed": {}})
    arrive(settings, [event(1)])
    tool.judges(lambda _: 401)

    with following(settings, HASTY):
        _await(lambda: len(tool.seen) > 2)
        tool.judges(lambda _: 403)
        _await(lambda: "403" in caplog.text)

    assert len([one for one in caplog.messages if "is paused" in one]) == 2


@pytest.mark.parametrize(
    ("refusals", "seconds"),
    [(1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (7, 900), (100_000, 900)],
)
def test_a_tool_that_goes_on_refusing_is_asked_ever_more_seldom(
    refusals: int, seconds: float
) -> None:
    assert Patience().pause_seconds(refusals) == seconds


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
