from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from activation.connections import connections_to
from activation.destinations.delivery import Patience
from activation.forward import forward_once
from activation.recent import Choice, last_events
from activation.replay import Replay, chosen_events, dry_run, replay
from cdp.settings import Settings

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]
Arrive = Callable[[Settings, list[dict[str, Any]]], None]
Rows = Callable[[Settings], list[dict[str, Any]]]
ALL = Choice()
HASTY = Patience(tries=1)


@pytest.fixture
def refused(connected: Connect, tool: Any, event: Make, arrive: Arrive) -> Settings:
    """Twenty events of which the tool refused every fourth; then it was mended."""
    settings = connected({"hook": {}})
    arrive(settings, [event(number) for number in range(1, 21)])
    tool.judges(lambda seen: 400 if int(seen.json["messageId"][-4:]) % 4 == 0 else 200)
    forward_once(settings, patience=HASTY)
    tool.judges(lambda _: 200)
    tool.seen.clear()
    return settings


def again(settings: Settings, choice: Choice = ALL, **options: Any) -> Replay:
    (connection,) = connections_to(settings, "hook")
    try:
        events = chosen_events(settings, connection, choice, **options)
        name = options.get("resumed") or "r"
        return replay(settings, connection, events, name, patience=HASTY)
    finally:
        connection.destination.close()


def planned(settings: Settings, choice: Choice = ALL, **options: Any) -> Replay:
    (connection,) = connections_to(settings, "hook")
    try:
        return dry_run(
            connection, chosen_events(settings, connection, choice, **options), 2
        )
    finally:
        connection.destination.close()


def test_what_was_refused_is_sent_again_once(
    refused: Settings, tool: Any, delivery_rows: Rows
) -> None:
    first = again(refused)
    second = again(refused)

    assert (first.events, second.events) == (5, 0)
    assert len(tool.seen) == 5
    rows = delivery_rows(refused)
    assert Counter(one["status"] for one in rows) == {"delivered": 20, "rejected": 5}
    assert {one["replay"] for one in rows if "replay" in one} == {"r"}


def test_a_dry_run_sends_nothing_and_shows_the_bodies(
    refused: Settings, tool: Any
) -> None:
    result = planned(refused)

    assert tool.seen == []
    assert result.outcomes == {("send", ""): 5}
    assert result.requests == 5
    assert len(result.shown) == 2
    again(refused)
    assert [one.content for one in tool.seen][:2] == [
        one.content for one in result.shown
    ]


def test_what_was_delivered_goes_again_only_when_asked(
    refused: Settings, tool: Any
) -> None:
    assert again(refused, again=True).events == 20
    assert len(tool.seen) == 20


def test_of_a_message_that_arrived_twice_one_copy_goes_again(
    refused: Settings, tool: Any, event: Make, arrive: Arrive
) -> None:
    arrive(refused, [event(number) for number in (1, 4, 21, 21)])
    forward_once(refused, patience=HASTY)
    tool.seen.clear()

    assert planned(refused).events == 4, "the fourth was refused, then taken"
    assert planned(refused, again=True).events == 21
    assert again(refused, again=True).events == 21
    assert len({one.json["messageId"] for one in tool.seen}) == len(tool.seen) == 21


def test_a_replay_that_stopped_goes_on(
    refused: Settings, tool: Any, event: Make
) -> None:
    down = threading.Event()
    tool.judges(lambda _: 503 if len(tool.seen) > 7 or down.is_set() else 200)

    stopped = again(refused, again=True, resumed="mine")
    tool.judges(lambda _: 200)
    done = {one.json["messageId"] for one in tool.seen[:7]}
    tool.seen.clear()
    rest = again(refused, again=True, resumed="mine")

    assert stopped.stopped_by is not None
    assert stopped.events + rest.events == 20
    assert not done & {one.json["messageId"] for one in tool.seen}


def test_only_the_events_that_are_meant_go_again(
    refused: Settings, event: Make
) -> None:
    def count(**choice: Any) -> int:
        return planned(refused, Choice(**choice)).events

    assert count(events=frozenset({"product_viewed"})) == 5
    assert count(events=frozenset({"order_completed"})) == 0
    assert count(sources=frozenset({"mobile"})) == 0
    assert count(message_ids=frozenset({event(4)["messageId"]})) == 1
    moment = datetime(2026, 10, 1, 10, 0, 8, 250_000, tzinfo=UTC)
    assert count(since=moment) == 4
    assert count(until=moment) == 1


def test_what_is_still_on_its_way_is_left_alone(
    refused: Settings, event: Make, arrive: Arrive
) -> None:
    arrive(refused, [event(21)])

    assert planned(refused).events == 5


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    from activation import (
        events_command,
        replay_command,
        transform_command,
    )

    for module in (events_command, replay_command, transform_command):
        monkeypatch.setattr(module, "load_settings", lambda: settings)
    commands = {
        "replay": replay_command.command,
        "transform": transform_command.command,
        "events": events_command.command,
    }
    result = CliRunner().invoke(commands[arguments[0]], arguments[1:])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_the_command_prints_requests_without_secrets(
    refused: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = refused.document["destinations"]["hook"]
    section["secret"] = "very-secret"
    section["headers"] = {"X-Shop": "main", "X-Token": "${TOKEN}"}
    refused = replace(refused, environment={"TOKEN": "hidden-token"})

    said = run(refused, monkeypatch, "replay", "--destination", "hook", "--dry-run")

    assert "5  send" in said
    assert "5 requests in all" in said
    assert '"messageId":"00000000-0000-4000-8000-000000000004"' in said
    assert "x-shop: main" in said.lower()
    assert "very-secret" not in said
    assert "hidden-token" not in said


def test_trying_shows_before_and_after(
    connected: Connect,
    event: Make,
    arrive: Arrive,
    monkeypatch: pytest.MonkeyPatch,
    tool: Any,
) -> None:
    settings = connected(
        {
            "named": {"transformations": ["old_event_names"]},
            "closed": {"events": ["order_completed"]},
            "other": {"sources": ["mobile"]},
        }
    )
    arrive(settings, [event(number) for number in range(1, 9)])

    said = run(settings, monkeypatch, "transform", "try", "--last", "1")

    assert event(8)["messageId"] in said
    assert event(7)["messageId"] not in said
    assert '-  "event": "product_viewed"' in said
    assert '+  "event": "Product Viewed"' in said
    assert f"POST {tool.url}/named" in said
    assert "filtered: the connection does not send this event" in said
    assert "→ other (other): not from one of its sources" in said
    assert tool.seen == []


def test_watching_shows_an_event_and_what_the_tool_said(
    refused: Settings, monkeypatch: pytest.MonkeyPatch, event: Make
) -> None:
    said = run(refused, monkeypatch, "events", "tail", "--once", "--brief")

    assert f"product_viewed  {event(4)['messageId']}" in said
    answer = next(
        line for line in said.splitlines() if "←" in line and "000000000004" in line
    )
    assert "rejected  400 HTTP 400" in answer


def test_watching_once_shows_all_that_is_there(
    connected: Connect, event: Make, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = connected({"hook": {}})
    long = {"text": "x" * 2000}
    arrive(settings, [event(number, properties=long) for number in range(1500)])

    said = run(settings, monkeypatch, "events", "tail", "--once", "--brief")

    assert len(said.splitlines()) == 1500


def test_watching_one_source_shows_the_answers_to_its_events(
    connected: Connect,
    tool: Any,
    event: Make,
    arrive: Arrive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = connected({"hook": {"sources": ["web", "mobile"]}})
    arrive(settings, [event(1), event(2, sourceId="mobile")])
    forward_once(settings)

    said = run(
        settings, monkeypatch, *("events", "tail", "--once", "--brief"), "--source=web"
    )

    assert said.count(event(1)["messageId"]) == 2
    assert event(2)["messageId"] not in said


def test_the_last_events_are_found_without_reading_all(
    connected: Connect, event: Make, arrive: Arrive
) -> None:
    settings = connected({"hook": {}})
    long = {"text": "x" * 2000}
    arrive(settings, [event(0, event="rare")])
    arrive(settings, [event(number, properties=long) for number in range(1, 3000)])

    last = last_events(settings.event_log_dir, ALL, 3)
    rare = last_events(settings.event_log_dir, Choice(events=frozenset({"rare"})), 3)

    assert len(last) == 3
    assert [one["messageId"] for one in rare] == [event(0)["messageId"]]
