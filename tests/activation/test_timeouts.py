from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from activation.forward import forward_once
from cdp.errors import Misconfigured
from cdp.settings import Settings

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]
Arrive = Callable[[Settings, list[dict[str, Any]]], None]


def test_a_tool_that_hangs_is_tried_again_and_slows_nobody(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, monkeypatch: Any
) -> None:
    monkeypatch.setenv("CDP_TIMEOUT_SECONDS", "0.3")
    settings = connected({"hangs": {}, "answers": {}})
    arrive(settings, [event(number) for number in range(1, 9)])
    hung: list[str] = []

    def judge(seen: Any) -> int:
        if seen.path == "/hangs" and not hung:
            hung.append(seen.path)
            deadline = time.monotonic() + 30
            while sum(one.path == "/answers" for one in tool.seen) < 8:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(0.4)  # longer than we wait for an answer
        return 200

    tool.judges(judge)

    result = forward_once(settings)

    assert [one.delivered for one in result.connections] == [8, 8]
    assert hung


@pytest.mark.parametrize("written", ["soon", "0", "-1", "inf"])
def test_a_timeout_that_is_none_is_the_operators_turn(
    connected: Connect, monkeypatch: Any, written: str
) -> None:
    monkeypatch.setenv("CDP_TIMEOUT_SECONDS", written)

    with pytest.raises(Misconfigured, match="no number of seconds"):
        forward_once(connected({"hook": {}}))
