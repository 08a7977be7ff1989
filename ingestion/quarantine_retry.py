"""Judging again what is in quarantine, and taking back what fits now.

Exactly once, whenever the process is killed: the accepted line carries its
``quarantineId``, one process writes the partition ``retry``, and it reads what stands
there before it writes. There is no second book that could disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from cdp.event import INVALID_EVENT, Arrival, format_time
from cdp.settings import Settings
from cdp.tracking_plan import TrackingPlan, load_plan
from ingestion.collector.limits import Limits, limits_of
from ingestion.collector.receive import lines_of
from ingestion.event_log import EventLog
from ingestion.quarantine import (
    ACCEPTED,
    RETRY,
    Healed,
    Wanted,
    received_at,
    rows,
    title_of,
)
from ingestion.webhooks.open import retranslate

BATCH = 500
Judge = Callable[[Mapping[str, Any]], "Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What today's plan says about an event in quarantine.

    Attributes:
        line: The accepted event; None where it still does not fit.
        reasons: What is wrong with it still, as ``code: place``.
    """

    line: dict[str, Any] | None
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class Retried:
    """What a retry did.

    Attributes:
        readmitted: Events that were taken back, by name.
        still_wrong: Events that stay, by name and first reason.
        already: How many had been taken back before.
    """

    readmitted: Counter[str] = field(default_factory=Counter)
    still_wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    already: int = 0


def retry(
    settings: Settings, wanted: Wanted, *, is_dry_run: bool = False, batch: int = BATCH
) -> Retried:
    """Take back what fits today's plan; each event once, however often this runs.

    Args:
        settings: The workspace.
        wanted: Which events.
        is_dry_run: Write nothing.
        batch: Events that are written and synced together.

    Raises:
        Misconfigured: The plan cannot be read, or another retry is running.
        Unavailable: The disk does not take it; what was synced stays.
    """
    folder = settings.event_log_dir
    judge = judge_of(settings)
    done = Retried()
    if is_dry_run:
        healed = Healed(folder)
        for _ in _fitting(settings, wanted, judge, healed, done):
            pass
        return done
    with closing(EventLog(folder, ACCEPTED, RETRY)) as log:
        healed = Healed(folder)  # after the writer has cut a torn line
        waiting: list[bytes] = []
        for line in _fitting(settings, wanted, judge, healed, done):
            waiting.append(msgspec.json.encode(line))
            if len(waiting) >= batch:
                _write(log, waiting)
        _write(log, waiting)
    return done


def judge_of(settings: Settings) -> Judge:
    """Return the judgement of today's plan and limits.

    Raises:
        Misconfigured: The plan or the limits cannot be read.
    """
    plan = load_plan(settings.project_dir / "tracking_plan")
    has_limits = "collector" in settings.document
    limits = limits_of(settings.section("collector") if has_limits else {})

    def judge(row: Mapping[str, Any]) -> Judged:
        body = row.get("body")
        if isinstance(body, dict) and "webhook" in body:
            event = retranslate(row, settings)
            if event is None:
                return Judged(None, (f"{row['reason']}: event",))
            row = {**row, "body": event}
        return _judged(row, plan, limits)

    return judge


def _write(log: EventLog, waiting: list[bytes]) -> None:
    if waiting:
        log.append(waiting)
        log.sync()
        waiting.clear()


def _fitting(
    settings: Settings, wanted: Wanted, judge: Judge, healed: Healed, done: Retried
) -> Iterator[dict[str, Any]]:
    for row in rows(settings.event_log_dir, wanted):
        if healed.has(row):
            done.already += 1
            continue
        judged = judge(row)
        if judged.line is None:
            done.still_wrong[title_of(row), judged.reasons[0]] += 1
            continue
        healed.add(row["quarantineId"], judged.line["messageId"])
        done.readmitted[title_of(row)] += 1
        yield judged.line


def _judged(row: Mapping[str, Any], plan: TrackingPlan, limits: Limits) -> Judged:
    """Judge a body as if it arrived again when it did, so that its times are the same.

    An event without an id of its own gets that of its row: it must be the same one
    however often this is asked.
    """
    body = row.get("body")
    if isinstance(body, dict) and not body.get("messageId"):
        body = body | {"messageId": row["quarantineId"]}
    moment = received_at(row)
    arrival = Arrival(
        str(row["sourceId"]), moment, format_time(moment), row.get("sentAt")
    )
    try:
        lines = lines_of([body], row.get("type"), arrival, plan, limits)
    except RecursionError:
        return Judged(None, (INVALID_EVENT,))
    if not lines.accepted:
        refused = msgspec.json.decode(lines.quarantined[0])["violations"]
        return Judged(
            None, tuple(f"{each['code']}: {each['place']}" for each in refused)
        )
    line = msgspec.json.decode(lines.accepted[0])
    line["quarantineId"] = row["quarantineId"]
    line["admittedAt"] = format_time(datetime.now(UTC))
    return Judged(line)
