"""What goes wrong with one event or one connection stays there."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from activation.connections import open_connections
from activation.forward import forward_once, forward_until
from activation.transformations import campaign_channel
from cdp.errors import Misconfigured
from cdp.settings import Settings
from ingestion.event_log import EventLog

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]
Arrive = Callable[[Settings, list[dict[str, Any]]], None]
Rows = Callable[[Settings], list[dict[str, Any]]]


def changed(event: dict[str, Any]) -> dict[str, Any]:
    event["properties"]["price"] = 0
    del event["anonymousId"]
    return event


def endless(_: dict[str, Any]) -> dict[str, Any]:
    while True:
        try:
            sum(range(100))
        except Exception:  # noqa: BLE001, S112 - not even this keeps it going
            continue


def cyclic(event: dict[str, Any]) -> dict[str, Any]:
    found = dict(event)
    found["properties"] = {"again": found}
    return found


JUNK: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "raises": (lambda event: event["nothing"], "failed (KeyError)"),
    "exits": (lambda _: sys.exit(1), "failed (SystemExit)"),
    "loops": (endless, "took too long"),
    "text": (lambda _: "x", "returned no event"),
    "a tuple": (lambda event: (event, event), "returned no event"),
    "an object": (
        lambda event: {**event, "properties": object()},
        "could not be translated (TypeError)",
    ),
    "a circle": (cyclic, "could not be translated (RecursionError)"),
    "half a character": (
        lambda event: {**event, "properties": {"a": "\ud800"}},
        "could not be translated (UnicodeEncodeError)",
    ),
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_of_a_transformation_rejects_that_event_there_and_no_other(
    connected: Connect,
    event: Make,
    arrive: Arrive,
    delivery_rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    junk, reason = JUNK[name]
    bad = event(2)["messageId"]
    monkeypatch.setenv("CDP_TRANSFORMATION_SECONDS", "0.3")
    monkeypatch.setattr(
        campaign_channel,
        "transform",
        lambda event: junk(event) if event["messageId"] == bad else event,
    )
    settings = connected(
        {"changed": {"transformations": ["campaign_channel"]}, "plain": {}}
    )
    arrive(settings, [event(number) for number in range(1, 5)])

    result = forward_once(settings)

    assert [(one.delivered, one.rejected) for one in result.connections] == [
        *((3, 1), (4, 0))
    ]
    (row,) = [one for one in delivery_rows(settings) if one["status"] == "rejected"]
    assert row["messageId"] == bad
    assert reason in row["reason"]


def test_what_a_transformation_changes_in_place_changes_nothing_else(
    connected: Connect,
    tool: Any,
    event: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaign_channel, "transform", changed)
    settings = connected({"hook": {"transformations": ["campaign_channel"]}})
    (connection,) = open_connections(settings)
    sent = event()

    decision = connection.decide(sent)
    connection.destination.close()

    assert sent == event()
    assert decision.seen[0]["properties"]["price"] == 0
    prepared = connection.prepare(json.dumps(event()).encode())
    assert prepared is not None
    assert prepared.people == ("anonymousId:device-1",), "its place in the order stays"


def test_parts_that_lost_their_message_id_get_the_events(
    connected: Connect, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_id(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"type": "track", "event": f"part {number}"} for number in (1, 2)]

    monkeypatch.setattr(campaign_channel, "transform", without_id)
    settings = connected({"hook": {"transformations": ["campaign_channel"]}})
    (connection,) = open_connections(settings)

    parts = connection.decide(event(7)).seen
    connection.destination.close()

    own = event(7)["messageId"]
    assert [part["messageId"] for part in parts] == [own, f"{own}:1"]


def test_a_transformation_that_cannot_be_imported_is_named(
    connected: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from activation import transformations

    (tmp_path / "half_written.py").write_text("def transform(event:\n")
    monkeypatch.setattr(
        transformations, "__path__", [*transformations.__path__, str(tmp_path)]
    )

    with pytest.raises(Misconfigured, match=r"cannot be imported \(SyntaxError"):
        open_connections(connected({"hook": {"transformations": ["half_written"]}}))


@pytest.mark.parametrize("written", ["soon", "0"])
def test_a_time_limit_that_is_none_is_the_operators_turn(
    connected: Connect, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("CDP_TRANSFORMATION_SECONDS", written)

    with pytest.raises(Misconfigured, match="no number of seconds"):
        open_connections(connected({"hook": {}}))


KINDS: dict[str, dict[str, Any]] = {
    "amplitude": {"api_key": "k"},
    "braze": {"api_key": "k"},
    "customerio": {"site_id": "s", "api_key": "k"},
    "klaviyo": {"api_key": "k"},
    "mixpanel": {"project_id": "1", "service_account": "a", "service_secret": "s"},
    "webhook": {"allow_private": True},
}
ODD: dict[str, dict[str, Any]] = {
    "properties are a text": {"properties": "x"},
    "properties are a list": {"properties": [1]},
    "context is a number": {"context": 7},
    "traits are a number": {"type": "identify", "traits": 7},
    "the type is a list": {"type": ["track"]},
    "a number that would fill the memory": {
        "event": "order_completed",
        "properties": {"order_id": "o", "total": "1e999999999", "price": "1e99999999"},
        "context": {"sessionId": "1e999999999"},
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_event_is_settled_and_the_next_one_goes_out(
    connected: Connect, tool: Any, event: Make, kind: str
) -> None:
    section = {"kind": kind, "url": tool.url, **KINDS[kind]}
    (connection,) = open_connections(connected({"tool": {"destination": section}}))
    found = {}

    for name, odd in ODD.items():
        line = json.dumps(event(userId="u-1", **odd)).encode()
        prepared = connection.prepare(line)
        assert prepared is not None
        found[name] = bool(prepared.items) or prepared.outcome is not None
    connection.destination.close()

    assert found == dict.fromkeys(ODD, True)


def test_a_connection_that_cannot_go_on_leaves_the_others_alone(
    connected: Connect, tool: Any, event: Make, arrive: Arrive
) -> None:
    settings = connected({"first": {}, "second": {}})
    arrive(settings, [event(1)])
    other = EventLog(settings.event_log_dir, "deliveries", "first")
    stop = threading.Event()
    said: list[BaseException] = []

    def follow() -> None:
        try:
            forward_until(settings, stop)
        except Misconfigured as error:
            said.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    _await(lambda: len(tool.seen) == 1)
    arrive(settings, [event(2)])
    _await(lambda: len(tool.seen) == 2)
    stop.set()
    thread.join(30)
    other.close()

    assert {one.path for one in tool.seen} == {"/second"}
    assert "another process" in str(said[0])


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
