from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp.event import format_time
from ingestion.event_log import EventLog
from orchestration.api.summaries import deliveries, quarantine

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


def outcome(minutes_ago: float, status: str = "delivered", **more: Any) -> bytes:
    at = format_time(NOW - timedelta(minutes=minutes_ago))
    row = {"connection": "ads", "destination": "google_ads", "status": status}
    return json.dumps(row | {"attemptedAt": at, "reason": None} | more).encode()


def write(folder: Path, topic: str, lines: list[bytes], **options: Any) -> None:
    log = EventLog(folder, topic, **options)
    for start in range(0, len(lines), 500):
        log.append(lines[start : start + 500])
    log.close()


def test_outcomes_are_counted_by_connection_and_status(tmp_path: Path) -> None:
    lines = [outcome(90), outcome(50, "retry"), outcome(40), outcome(30)]
    write(tmp_path, "deliveries", lines)
    write(tmp_path, "deliveries", [outcome(20, connection="crm")], partition="crm")
    found = deliveries(tmp_path, NOW - timedelta(hours=1))
    assert [(one.connection, one.status, one.count) for one in found.counts] == [
        ("ads", "delivered", 2),
        ("ads", "retry", 1),
        ("crm", "delivered", 1),
    ]
    assert found.counts[0].last_attempted_at == "2026-10-01T11:30:00.000Z"
    assert found.since == "2026-10-01T11:00:00.000Z"


@pytest.mark.parametrize("segment_bytes", [10_000, 150_000, 10_000_000])
@pytest.mark.parametrize("hours", [0, 1, 7, 24, 48])
def test_the_window_is_found_exactly_in_logs_of_any_number_of_files(
    tmp_path: Path, segment_bytes: int, hours: int
) -> None:
    lines = [outcome(minutes) for minutes in range(24 * 60, 0, -1) for _ in range(3)]
    write(tmp_path, "deliveries", lines, segment_bytes=segment_bytes)
    found = deliveries(tmp_path, NOW - timedelta(hours=hours))
    assert sum(one.count for one in found.counts) == min(hours, 24) * 60 * 3


def test_quarantined_events_are_counted_by_reason_event_and_source(
    tmp_path: Path,
) -> None:
    at = format_time(NOW)
    rows = [
        {"reason": "wrong_type", "type": "track", "event": "order_completed"},
        {"reason": "wrong_type", "type": "track", "event": "order_completed"},
        {"reason": "wrong_type", "type": "page", "event": None},
        {"reason": "invalid_event", "type": None, "event": None},
    ]
    lines = [
        json.dumps({**row, "receivedAt": at, "sourceId": "web", "body": 1}).encode()
        for row in rows
    ]
    write(tmp_path, "quarantine", lines)
    found = quarantine(tmp_path, NOW - timedelta(hours=1))
    assert [(one.reason, one.event, one.source, one.count) for one in found.counts] == [
        ("wrong_type", "order_completed", "web", 2),
        ("invalid_event", "unreadable", "web", 1),
        ("wrong_type", "page", "web", 1),
    ]


def test_a_log_that_does_not_exist_yet_has_no_counts(tmp_path: Path) -> None:
    assert deliveries(tmp_path, NOW).counts == []
    assert quarantine(tmp_path, NOW).counts == []
