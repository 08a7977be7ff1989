"""The steps that the product does not have: a shop's orders arrive, tools misbehave."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from segment.analytics.client import Client

from cdp.errors import Unavailable
from cdp.settings import Settings
from orchestration.service import running_service
from orchestration.step import Outcome, Progress, Step
from sandbox.environment import WRITE_KEYS
from sandbox.starter.orders import Order, orders

SECOND_COPIES = 50  # one order in so many is reported twice
BROKEN = 400  # after so many comes one without an order id
_QUEUE = 100_000


@dataclass(frozen=True, slots=True)
class Day:
    """What happens on the day.

    Attributes:
        count: Orders.
        seed: Another seed is another day.
        until: When the last one was made, UTC.
    """

    count: int
    seed: int
    until: datetime

    def calls(self) -> Iterator[Order]:
        """Yield every call of the SDK: orders, second copies, broken ones."""
        for number, order in enumerate(orders(self.count, self.seed, self.until)):
            yield order
            if number % SECOND_COPIES == 0:
                yield order
            if number % BROKEN == 0:
                yield _broken(order)

    @property
    def broken_count(self) -> int:
        """How many calls break the tracking plan."""
        return -(-self.count // BROKEN)


def _broken(order: Order) -> Order:
    properties = {
        name: value for name, value in order.properties.items() if name != "order_id"
    }
    return Order(
        f"{order.message_id}-broken",
        order.user_id,
        order.anonymous_id,
        order.at,
        properties,
        order.context,
    )


def send_step(day: Day, logs: Path) -> Step:
    """Return the step that reports the orders through segment-analytics-python.

    Args:
        day: Which orders.
        logs: Folder for what the collector prints.
    """

    def send(settings: Settings, progress: Progress) -> Outcome:
        with running_service(
            "ingestion.collector", ["--port", "0"], log_file=logs / "collector.log"
        ) as port:
            sent = _send(day, f"http://127.0.0.1:{port}", progress)
        place = os.path.relpath(settings.event_log_dir / "accepted" / "0")
        note = (
            f"{day.count:,} orders; {-(-day.count // SECOND_COPIES):,} sent twice,"
            f" {day.broken_count:,} without an order id, which the plan refuses"
        )
        return Outcome(sent, "calls of the SDK", f"{place}/", notes=(note,))

    def inputs(_: Settings) -> str:
        return f"{day.count} {day.seed} {day.until.isoformat()}"

    return Step("orders", "Orders arrive by SDK", send, inputs, "starter")


def _send(day: Day, url: str, progress: Progress) -> int:
    failures: list[Exception] = []
    client = Client(
        WRITE_KEYS["server"],
        host=url,
        max_queue_size=_QUEUE,
        on_error=lambda error, _: failures.append(error),
    )
    sent = 0
    for order in day.calls():
        client.track(
            user_id=order.user_id,
            anonymous_id=order.anonymous_id,
            event="order_completed",
            properties=order.properties,
            context=dict(order.context),
            timestamp=order.at,
            message_id=order.message_id,
        )
        sent += 1
        progress("orders", sent, day.count)
    client.flush()
    client.join()
    if failures:
        raise Unavailable(f"the collector did not take a batch: {failures[0]}")
    return sent


def spoil(tools_url: str, faults: list[dict[str, Any]]) -> None:
    """Let the stand-ins fail on some of the next requests.

    Args:
        tools_url: Where the stand-ins answer.
        faults: As ``POST /_control/faults`` takes them.
    """
    for fault in faults:
        httpx.post(f"{tools_url}/_control/faults", json=fault, timeout=30)


def kept_day(folder: Path, count: int, seed: int) -> Day:
    """Return the day of a data folder: today, or the one that was begun in it.

    Args:
        folder: Where the day is noted, so that a second run is of the same orders.
        count: Orders, where a new day begins.
        seed: Another seed is another day.
    """
    file = folder / "day.txt"
    if file.exists():
        until = datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
    else:
        until = datetime.now(UTC).replace(microsecond=0)
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(until.isoformat() + "\n", encoding="utf-8")
    return Day(count, seed, until)
