"""What live delivery promises, whatever fails."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from activation.destinations.delivery import Patience
from activation.forward import error_of, forward_once, forward_until
from activation.forward_result import ForwardResult
from cdp.settings import Settings

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]
Arrive = Callable[[Settings, list[dict[str, Any]]], None]
Rows = Callable[[Settings], list[dict[str, Any]]]
PROJECT = Path(__file__).parents[2]


def ids(seen: list[Any]) -> list[str]:
    return [one.json["messageId"] for one in seen]


def test_a_persons_events_arrive_in_order_through_many_connections(
    connected: Connect, tool: Any, event: Make, arrive: Arrive
) -> None:
    settings = connected({"hook": {}})
    people = [f"person-{number % 7}" for number in range(140)]
    arrive(
        settings, [event(number, anonymousId=one) for number, one in enumerate(people)]
    )

    (result,) = forward_once(settings).connections

    assert result.delivered == 140
    for person in set(people):
        own = [one for one in tool.seen if one.json["anonymousId"] == person]
        assert ids(own) == sorted(ids(own))


def test_a_tool_that_fails_on_one_event_gets_the_others(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    settings = connected({"hook": {}})
    arrive(settings, [event(number) for number in range(1, 6)])
    poison = event(3)["messageId"]
    tool.judges(lambda seen: 500 if seen.json["messageId"] == poison else 200)
    patience = Patience(tries=2, first_wait_seconds=0.0001, tries_in_all=4)

    stopped = forward_once(settings, patience=patience)
    for _ in range(4):
        result = forward_once(settings, patience=patience)

    assert error_of(stopped) is not None
    assert error_of(result) is None
    last = {one["messageId"]: one["status"] for one in delivery_rows(settings)}
    assert Counter(last.values()) == {"delivered": 4, "abandoned": 1}
    assert last[poison] == "abandoned"
    taken = Counter(ids([one for one in tool.seen if one.json["messageId"] != poison]))
    assert set(taken.values()) == {1}, "what was taken is not sent again"
    (row,) = [one for one in delivery_rows(settings) if one["status"] == "abandoned"]
    assert row["reason"].startswith("given up while others pass: HTTP 500")


def test_a_tool_that_is_down_makes_nobody_give_up(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    settings = connected({"hook": {}})
    arrive(settings, [event(number) for number in range(1, 6)])
    tool.judges(lambda _: 503)
    patience = Patience(tries=2, first_wait_seconds=0.0001, tries_in_all=4)

    for _ in range(5):
        forward_once(settings, patience=patience)
    tool.judges(lambda _: 200)
    result = forward_once(settings, patience=patience)

    assert result.delivered == 5
    assert not [one for one in delivery_rows(settings) if one["status"] == "abandoned"]


def test_a_dead_tool_slows_nobody(
    connected: Connect, tool: Any, event: Make, arrive: Arrive
) -> None:
    settings = connected({"dead": {}, "alive": {}})
    arrive(settings, [event(number) for number in range(1, 51)])
    tool.judges(lambda seen: 503 if seen.path == "/dead" else 200)

    result = forward_once(settings, patience=Patience(tries=1))

    dead, alive = result.connections
    assert (dead.delivered, alive.delivered) == (0, 50)
    assert dead.stopped_by is not None
    assert alive.stopped_by is None


def test_what_one_run_settled_the_next_does_not_send(
    connected: Connect, tool: Any, event: Make, arrive: Arrive
) -> None:
    settings = connected({"hook": {}})
    arrive(settings, [event(number) for number in range(1, 21)])
    bad = {event(9)["messageId"]}
    tool.judges(lambda seen: 503 if seen.json["messageId"] in bad else 200)

    forward_once(settings, patience=Patience(tries=1))
    bad.clear()
    forward_once(settings, patience=Patience(tries=1))

    counts = Counter(ids(tool.seen))
    assert counts.pop(event(9)["messageId"]) == 2
    assert set(counts.values()) == {1}
    assert len(counts) == 19


def test_whoever_is_stopped_leaves_the_rest_at_the_tools_rate(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    rate = {"destination": {"requests_per_second": 20}}
    settings = connected({"hook": rate})
    people = [f"a-{number}" for number in range(200)]
    arrive(settings, [event(at, anonymousId=one) for at, one in enumerate(people)])
    stop = threading.Event()

    def judge(_: Any) -> int:
        if len(tool.seen) > 5:
            stop.set()
        return 200

    tool.judges(judge)

    (result,) = forward_until(settings, stop).connections
    sent = len(tool.seen)
    rest = forward_once(connected({"hook": {}}))

    assert sent <= 6 + 8, "each of eight lines may have one on its way"
    assert error_of(ForwardResult((result,))) is None
    assert result.delivered == sent
    assert rest.delivered == 200 - sent
    assert {one["status"] for one in delivery_rows(settings)} == {"delivered"}


def started(settings: Settings) -> subprocess.Popen[bytes]:
    """Forward what there is, in a process of its own."""
    project = settings.data_dir.parent / "project"
    if not project.exists():
        project.mkdir(parents=True)
        (project / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
        (project / "headwater.yml").write_text(yaml.safe_dump(settings.document))
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from cdp.cli import main; main()"),
            *("forward", "--once"),
        ],
        env={
            **os.environ,
            "CDP_PROJECT_DIR": str(project),
            "CDP_DATA_DIR": str(settings.data_dir),
        },
        cwd=PROJECT,
    )


def test_killed_again_and_again_it_loses_nothing_and_keeps_the_order(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    count, chance = 1200, random.Random(7)
    settings = connected({"hook": {}})
    arrive(
        settings,
        [event(number, anonymousId=f"a-{number % 50}") for number in range(count)],
    )
    taken: list[tuple[str, str]] = []
    lock = threading.Lock()

    def judge(seen: Any) -> int:
        with lock:
            if chance.random() < 0.1:
                return chance.choice([429, 500, 503])
            taken.append((seen.json["anonymousId"], seen.json["messageId"]))
            return 200

    tool.judges(judge)
    kills = 0
    for _ in range(5):
        process, until = started(settings), len(tool.seen) + chance.randint(1, 200)
        deadline = time.monotonic() + 120
        while len(tool.seen) < until and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        kills += process.poll() is None
        process.kill()
        process.wait()

    while error_of(forward_once(settings)) is not None:
        pass

    assert kills == 5
    first = dict.fromkeys(taken)
    assert len({one for _, one in first}) == count
    for person in {one for one, _ in first}:
        own = [message for one, message in first if one == person]
        assert own == sorted(own)
    rows = [one for one in delivery_rows(settings) if one["status"] == "delivered"]
    assert Counter(one["messageId"] for one in rows).most_common(1)[0][1] == 1
    assert len(rows) == count


def test_a_killed_run_sends_little_twice_and_loses_nothing(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    count = 700
    settings = connected({"hook": {}})
    arrive(
        settings,
        [event(number, anonymousId=f"a-{number % 50}") for number in range(count)],
    )
    process = started(settings)
    deadline = time.monotonic() + 120
    while len(tool.seen) < 150:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(tool.seen)

    forward_once(settings)

    taken = Counter(ids(tool.seen))
    assert before < count
    assert len(taken) == count
    # outcomes are synced 64 at a time, and eight requests may be on their way
    assert sum(taken.values()) - count <= 64 + 8
    delivered = [
        one["messageId"]
        for one in delivery_rows(settings)
        if one["status"] == "delivered"
    ]
    assert len(set(delivered)) == count


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_stops_only_its_own_connection(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, status: int
) -> None:
    settings = connected({"closed": {}, "open": {}})
    arrive(settings, [event(1)])
    tool.judges(lambda seen: status if seen.path == "/closed" else 200)

    closed, opened = forward_once(settings).connections

    assert closed.stopped_by is not None
    assert closed.stopped_by.status == "misconfigured"
    assert opened.delivered == 1


def test_a_row_says_which_line_of_the_log_it_is_about(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    settings = connected({"hook": {}})
    arrive(settings, [event(1), event(2)])

    forward_once(settings)

    for row in delivery_rows(settings):
        (file,) = settings.event_log_dir.glob("accepted/0/*.ndjson")
        before = file.read_bytes()[: row["eventOffset"]]
        line = json.loads(before.splitlines()[-1])
        assert line["messageId"] == row["messageId"]


def test_a_second_copy_of_a_message_is_not_sent(
    connected: Connect, tool: Any, event: Make, arrive: Arrive, delivery_rows: Rows
) -> None:
    settings = connected({"hook": {}})
    moved = {"timestamp": "2026-10-01T10:00:01.251Z"}
    arrive(settings, [event(1), event(2), event(1, **moved)])

    forward_once(settings)
    arrive(settings, [event(2, **moved), event(3)])
    forward_once(settings)

    assert sorted(ids(tool.seen)) == [event(n)["messageId"] for n in (1, 2, 3)]
    statuses = Counter(row["status"] for row in delivery_rows(settings))
    assert statuses == {"delivered": 3, "filtered": 2}


def test_what_was_refused_may_come_again(
    connected: Connect, tool: Any, event: Make, arrive: Arrive
) -> None:
    settings = connected({"hook": {}})
    arrive(settings, [event(1)])
    tool.judges(lambda _: 400)
    forward_once(settings)
    arrive(settings, [event(1)])
    tool.judges(lambda _: 200)

    (result,) = forward_once(settings).connections

    assert result.delivered == 1
