from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from activation.destinations.delivery import Patience
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


@pytest.fixture
def drip() -> Iterator[str]:
    """Address of a tool that answers a byte at a time, well within each read's time."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n" + b" " * 500
    with socket.create_server(("127.0.0.1", 0)) as server:
        gone = threading.Event()

        def talk(client: socket.socket) -> None:
            with client, suppress(OSError):
                client.recv(65536)
                for at in range(len(answer)):
                    client.sendall(answer[at : at + 1])
                    if gone.wait(0.1):
                        return

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=talk, args=(client,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        gone.set()
        server.shutdown(socket.SHUT_RDWR)


def test_a_tool_that_answers_a_byte_at_a_time_is_given_up_and_tried_again(
    connected: Connect,
    tool: Any,
    drip: str,
    event: Make,
    arrive: Arrive,
    monkeypatch: Any,
) -> None:
    monkeypatch.setenv("CDP_TIMEOUT_SECONDS", "0.4")
    settings = connected({"drips": {}, "answers": {}})
    settings.document["destinations"]["drips"]["url"] = drip
    arrive(settings, [event(1)])

    first = forward_once(settings, patience=Patience(tries=1)).connections
    settings.document["destinations"]["drips"]["url"] = tool.url
    second = forward_once(settings).connections

    assert [one.delivered for one in first] == [0, 1]
    assert first[0].stopped_by is not None
    assert first[0].stopped_by.reason == "no whole answer in time"
    assert [one.delivered for one in second] == [1, 0]


@pytest.mark.parametrize("written", ["soon", "0", "-1", "inf"])
def test_a_timeout_that_is_none_is_the_operators_turn(
    connected: Connect, monkeypatch: Any, written: str
) -> None:
    monkeypatch.setenv("CDP_TIMEOUT_SECONDS", written)

    with pytest.raises(Misconfigured, match="no number of seconds"):
        forward_once(connected({"hook": {}}))
