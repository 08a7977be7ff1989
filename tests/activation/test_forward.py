from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activation.destinations.delivery import Patience
from activation.destinations.outcome import Status
from activation.forward import error_of, forward_once, forward_until
from cdp.errors import Misconfigured, Unavailable
from ingestion.event_log import EventLog
from sandbox.tools.traffic import Fault

Make = Callable[..., dict[str, Any]]


def cursor_of(workspace: Any) -> dict[str, Any]:
    file = workspace.settings.data_dir / "forward" / "product_analytics.json"
    cursor: dict[str, Any] = json.loads(file.read_text())
    return cursor


def test_new_events_are_delivered_once(workspace: Any, event: Make) -> None:
    workspace.append([event(number) for number in range(1, 6)])

    first = forward_once(workspace.settings)
    second = forward_once(workspace.settings)
    workspace.append([event(6)])
    third = forward_once(workspace.settings)

    assert [one.delivered for one in (first, second, third)] == [5, 0, 1]
    assert len(workspace.taken("mixpanel", "events")) == 6
    assert workspace.counts("mixpanel")["duplicates"] == 0


def test_each_event_has_a_delivery_row(workspace: Any, event: Make) -> None:
    workspace.append([event(1), event(2, timestamp="2019-01-01T00:00:00.000Z")])

    forward_once(workspace.settings)

    good, old = workspace.deliveries()
    assert good["status"] == "delivered"
    assert good["destination"] == "mixpanel"
    assert good["connection"] == "product_analytics"
    assert good["messageId"] == event(1)["messageId"]
    assert good["httpStatus"] == 200
    assert good["attempt"] == 1
    assert old["status"] == "rejected"
    assert "5 years" in old["reason"]


def test_events_that_are_not_meant_for_it_are_not_sent(
    workspace: Any, event: Make
) -> None:
    workspace.append(
        [
            event(1, integrations={"All": False}),
            event(2, integrations={"All": False, "Mixpanel": True}),
            event(3, integrations={"Mixpanel": False}),
            event(4, type="group", event=None),
            event(5, sourceId="another"),
        ]
    )

    (result,) = forward_once(workspace.settings).connections

    assert (result.delivered, result.filtered) == (1, 3)
    delivered = [
        one["messageId"]
        for one in workspace.deliveries()
        if one["status"] == "delivered"
    ]
    assert delivered == [event(2)["messageId"]]
    assert len(workspace.deliveries()) == 4


def test_a_dead_destination_loses_nothing(
    workspace: Any, event: Make, hasty: Patience
) -> None:
    workspace.append([event(1), event(2)])
    workspace.stand.traffic.inject("mixpanel", Fault("status", status=503), count=6)

    for _ in range(2):
        down = forward_once(workspace.settings, patience=hasty)
        assert down.delivered == 0
        assert isinstance(error_of(down), Unavailable)
        assert "wait for the next run" in down.notes[0]
    assert cursor_of(workspace) == {
        "positions": {},
        "failed_tries": 6,
        "outcomes_from": 0,
        "pause": None,
    }

    up = forward_once(workspace.settings, patience=hasty)

    assert up.delivered == 2
    assert error_of(up) is None
    rows = [(one["status"], one["attempt"]) for one in workspace.deliveries()]
    # the outage is told once, not at every attempt
    assert rows == [("retry", 3), ("retry", 3), ("delivered", 7), ("delivered", 7)]


def test_an_unreachable_destination_is_unavailable(
    workspace: Any, event: Make, hasty: Patience
) -> None:
    workspace.append([event(1)])
    environment = dict(workspace.environment) | {"MIXPANEL_URL": "http://127.0.0.1:1"}
    settings = replace(workspace.settings, environment=environment)

    result = forward_once(settings, patience=hasty)

    assert isinstance(error_of(result), Unavailable)
    assert "ConnectError" in result.notes[0]


def test_a_refused_credential_waits_for_the_operator(
    workspace: Any, event: Make, hasty: Patience
) -> None:
    workspace.append([event(1)])
    environment = dict(workspace.environment) | {"MIXPANEL_SERVICE_SECRET": "wrong"}
    settings = replace(workspace.settings, environment=environment)

    assert isinstance(error_of(forward_once(settings, patience=hasty)), Misconfigured)
    assert forward_once(workspace.settings).delivered == 1


def test_a_transformation_changes_what_this_destination_sees(
    workspace: Any, event: Make
) -> None:
    settings = workspace.with_connection(transformations=["old_event_names"])
    workspace.append([event(1), event(2, event="support_contacted")])

    forward_once(settings)

    taken = {one["event"] for one in workspace.taken("mixpanel", "events")}
    assert taken == {"Product Viewed", "support_contacted"}


def test_an_unknown_transformation_is_named(workspace: Any) -> None:
    settings = workspace.with_connection(transformations=["no_such"])

    with pytest.raises(Misconfigured, match="no_such"):
        forward_once(settings)


def test_partitions_are_read_in_the_order_of_arrival(
    workspace: Any, event: Make
) -> None:
    workspace.append([event(number) for number in (1, 3, 5)], "0")
    workspace.append([event(number) for number in (2, 4, 6)], "1")

    forward_once(workspace.settings)

    sent = [one["messageId"][-1] for one in workspace.deliveries()]
    assert sent == ["1", "2", "3", "4", "5", "6"]
    assert set(cursor_of(workspace)["positions"]) == {"0", "1"}


def test_a_backlog_of_two_partitions_is_read_in_the_order_of_arrival(
    workspace: Any, event: Make
) -> None:
    # one collector's events are so large that it lags behind in what is read at once
    large = {"text": "x" * 4000}
    workspace.append(
        [event(number, properties=large) for number in range(1, 2400, 2)], "0"
    )
    workspace.append([event(number) for number in range(2, 2400, 2)], "1")

    assert forward_once(workspace.settings).delivered == 2399

    sent = [one["messageId"] for one in workspace.deliveries()]
    assert sent == sorted(sent)


def test_more_than_one_request_holds_is_delivered_in_order(
    workspace: Any, event: Make
) -> None:
    workspace.append([event(number) for number in range(1, 4501)])

    assert forward_once(workspace.settings).delivered == 4500

    sent = [one["messageId"] for one in workspace.deliveries()]
    assert sent == sorted(sent)
    assert workspace.counts("mixpanel")["requests"] == 3


def test_only_one_process_forwards_a_connection(workspace: Any) -> None:
    other = EventLog(
        workspace.settings.event_log_dir, "deliveries", "product_analytics"
    )
    with pytest.raises(Misconfigured, match="another process"):
        forward_once(workspace.settings)
    other.close()


def test_following_delivers_as_events_arrive(workspace: Any, event: Make) -> None:
    stop = threading.Event()
    results: list[Any] = []

    def follow() -> None:
        results.append(forward_until(workspace.settings, stop))

    thread = threading.Thread(target=follow)
    thread.start()
    workspace.append([event(1)])
    _await(lambda: workspace.counts("mixpanel")["writes"] == 1)
    workspace.append([event(2)])
    _await(lambda: workspace.counts("mixpanel")["writes"] == 2)
    stop.set()
    thread.join(30)

    assert not thread.is_alive()
    assert error_of(results[0]) is None


def test_a_killed_forwarder_loses_nothing(workspace: Any, event: Make) -> None:
    count = 9000
    workspace.append([event(number) for number in range(1, count + 1)])
    slow = Fault("slow", seconds=0.3)
    workspace.stand.traffic.inject("mixpanel", slow, count=1000)
    process = workspace.start_cdp("forward", "--once")
    _await(lambda: workspace.counts("mixpanel")["writes"] >= 2000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    workspace.stand.traffic.reset()

    forward_once(workspace.settings)

    counts = workspace.counts("mixpanel")
    assert counts["distinct_keys"] == count
    # only what was on its way when it died
    assert counts["duplicates"] <= 2000
    delivered = [
        one["messageId"]
        for one in workspace.deliveries()
        if one["status"] == "delivered"
    ]
    assert len(set(delivered)) == count


def test_a_damaged_cursor_is_not_taken_for_the_beginning(workspace: Any) -> None:
    file: Path = workspace.settings.data_dir / "forward" / "product_analytics.json"
    file.parent.mkdir()
    file.write_text("{")

    with pytest.raises(Misconfigured, match="cursor"):
        forward_once(workspace.settings)


def test_the_statuses_are_those_that_the_warehouse_knows() -> None:
    # nobody leaves an event as a tool has it: only syncs do
    assert {str(status) for status in Status} - {"left"} == {
        "delivered",
        "rejected",
        "retry",
        "misconfigured",
        "abandoned",
        "filtered",
    }


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
