from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp.errors import Misconfigured
from cdp.settings import Settings
from ingestion.load import load_source
from ingestion.pipeline import run_source
from ingestion.sources import events
from ingestion.sources.log_batches import read_batches

Append = Callable[..., None]
Query = Callable[..., list[tuple[Any, ...]]]
Event = Callable[..., dict[str, Any]]
LOADED = "select count(*), count(distinct message_id) from raw_events.events"

# Loads the event log and dies at one point of it, as a power cut would.
DYING_LOAD = """
import os, sys
from pathlib import Path
import dlt
from dlt.load.load import Load
from dlt.pipeline.pipeline import Pipeline
from cdp.settings import Settings
from ingestion.load import load_source

def die(*_, **__):
    os._exit(9)

point = sys.argv[2]
if point == "between_extract_and_load":
    Pipeline.load = die
elif point == "between_tables_and_completion":
    Load.complete_package = die
elif point == "after_completion":
    complete = Load.complete_package
    def complete_and_die(self, *args, **kwargs):
        complete(self, *args, **kwargs)
        os._exit(9)
    Load.complete_package = complete_and_die
document = {"sources": {"web": {"kind": "events", "write_key": "w"}}}
result = load_source(Settings(Path.cwd(), Path(sys.argv[1]), document, {}), "events")
print(result)
"""


def test_an_event_lands_with_its_types_and_its_nested_parts_as_json(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(3, traits=None, violations=[{"code": "unplanned_property"}]))
    assert load_source(settings, "events").error is None
    [row] = rows(
        "select message_id, source_id, timestamp, properties ->> '$.tags[1]',"
        " context ->> '$.page.title', traits, violations ->> '$[0].code',"
        " previous_id, log_partition, log_offset, _dlt_id, typeof(properties),"
        " typeof(received_at) from raw_events.events"
    )
    assert row[:10] == (
        *("m3", "web", datetime(2026, 11, 4, 10, tzinfo=UTC), "b", "Étui"),
        *(None, "unplanned_property", None, "0", 0),
    )
    assert row[10:] == ("0:0", "JSON", "TIMESTAMP WITH TIME ZONE")


def test_an_empty_log_still_creates_all_tables_with_their_columns(
    settings: Settings, rows: Query
) -> None:
    assert load_source(settings, "events").error is None
    columns = rows(
        "select table_name, string_agg(column_name, ' ' order by column_index)"
        " from duckdb_columns() where schema_name = 'raw_events'"
        " and table_name not like '\\_dlt%' escape '\\' group by all order by all"
    )
    assert columns == [
        (
            "deliveries",
            (
                "delivery_id destination connection message_id event status reason"
                " http_status attempt attempted_at log_partition log_offset loaded_at"
                " _dlt_id _dlt_load_id"
            ),
        ),
        (
            "events",
            (
                "message_id type event name source_id anonymous_id user_id previous_id"
                " group_id original_timestamp sent_at received_at timestamp context"
                " properties traits integrations violations channel log_partition"
                " log_offset loaded_at _dlt_id _dlt_load_id"
            ),
        ),
        (
            "quarantine",
            (
                "quarantine_id received_at source_id message_id type event reason"
                " violations body log_partition log_offset loaded_at _dlt_id"
                " _dlt_load_id"
            ),
        ),
    ]


def test_each_topic_lands_in_its_table(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1))
    append(
        {
            "quarantineId": "q1",
            "receivedAt": "2026-11-01T00:00:00.000Z",
            "reason": "unplanned_event",
            "violations": [],
            "body": "{ not an object",
        },
        topic="quarantine",
    )
    append(
        {
            "deliveryId": "d1",
            "destination": "mixpanel",
            "status": "delivered",
            "httpStatus": 200,
            "attempt": 1,
            "attemptedAt": "2026-11-01T00:00:00.000Z",
        },
        topic="deliveries",
    )
    result = load_source(settings, "events")
    assert (result.error, result.rows) == (None, 3)
    assert rows("select reason, body ->> '$' from raw_events.quarantine") == [
        ("unplanned_event", "{ not an object")
    ]
    assert rows("select delivery_id, http_status from raw_events.deliveries") == [
        ("d1", 200)
    ]


def test_loading_twice_is_loading_once(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(*(event(number) for number in range(50)))
    assert load_source(settings, "events").rows == 50
    assert load_source(settings, "events").rows == 0
    append(event(50))
    assert load_source(settings, "events").rows == 1
    assert rows(LOADED) == [(51, 51)]


def test_partitions_are_read_each_from_where_it_was_left(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1), event(2), partition="0")
    append(event(3), partition="1")
    load_source(settings, "events")
    append(event(4), partition="1")
    append(event(5), partition="2")
    assert load_source(settings, "events").rows == 2
    assert rows(
        "select log_partition, count(*) from raw_events.events group by all order by 1"
    ) == [("0", 2), ("1", 2), ("2", 1)]


def test_a_torn_last_line_waits_until_it_is_whole(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1))
    folder = settings.event_log_dir / "accepted" / "0"
    [segment] = folder.glob("*.ndjson")
    (folder / "synced.offset").unlink()  # as in a log that was written by hand
    line = json.dumps(event(2)).encode()
    with segment.open("ab") as file:
        file.write(line[:40])
    assert load_source(settings, "events").rows == 1
    with segment.open("ab") as file:
        file.write(line[40:] + b"\n")
    assert load_source(settings, "events").rows == 1
    assert rows("select message_id from raw_events.events order by log_offset") == [
        ("m1",),
        ("m2",),
    ]


def test_offsets_go_on_across_segments(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1), event(2))
    folder = settings.event_log_dir / "accepted" / "0"
    [first] = folder.glob("*.ndjson")
    (folder / "synced.offset").unlink()  # as in a log that was written by hand
    second = folder / f"{first.stat().st_size:020d}.ndjson"
    second.write_bytes(json.dumps(event(3)).encode() + b"\n")
    load_source(settings, "events")
    assert rows("select message_id from raw_events.events where log_offset = 0") == [
        ("m1",)
    ]
    assert rows("select log_offset from raw_events.events where message_id = 'm3'") == [
        (int(second.stem),)
    ]


def test_a_line_that_is_no_event_is_set_aside_and_the_others_load(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    broken = (b"{broken", b"[1, 2]", b'{"type": "track"}', b'"\xff\xfe"')
    append(event(1), *broken, event(2))
    assert load_source(settings, "events").error is None
    assert rows(LOADED) == [(2, 2)]
    assert rows(
        "select reason, body ->> '$', log_partition from raw_events.quarantine"
        " order by log_offset limit 1"
    ) == [("unreadable_line", "{broken", "accepted/0")]
    assert rows("select count(*) from raw_events.quarantine") == [(len(broken),)]
    assert load_source(settings, "events").rows == 0


def test_text_in_place_of_an_object_does_not_break_the_load(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1, properties="{", context="text", traits=3))
    assert load_source(settings, "events").error is None
    assert rows("select properties ->> '$', traits ->> '$' from raw_events.events") == [
        ("{", "3")
    ]


def test_a_log_that_is_shorter_than_what_was_loaded_is_refused(
    settings: Settings, append: Append, event: Event
) -> None:
    append(event(1), event(2))
    load_source(settings, "events")
    [segment] = (settings.event_log_dir / "accepted" / "0").glob("*.ndjson")
    segment.write_bytes(b"")
    error = load_source(settings, "events").error
    assert error is not None
    assert "not the log that this warehouse was loaded from" in error


def test_a_warehouse_that_was_deleted_is_loaded_anew(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1), event(2))
    load_source(settings, "events")
    settings.warehouse_path.unlink()
    assert load_source(settings, "events").rows == 2
    assert rows(LOADED) == [(2, 2)]


@pytest.mark.parametrize(
    "point",
    [
        "between_extract_and_load",
        "between_tables_and_completion",
        "after_completion",
    ],
)
def test_a_load_that_is_killed_and_repeated_has_every_event_once(
    point: str,
    settings: Settings,
    append: Append,
    rows: Query,
    event: Event,
    environment: dict[str, str],
) -> None:
    append(*(event(number) for number in range(20)))
    load_source(settings, "events")
    append(*(event(number) for number in range(20, 50)))
    died = subprocess.run(
        [sys.executable, "-c", DYING_LOAD, str(settings.data_dir), point],
        cwd=settings.project_dir,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == 9, died.stdout + died.stderr
    append(event(50))
    assert load_source(settings, "events").error is None
    assert rows(LOADED) == [(51, 51)]


def test_a_large_log_is_loaded_in_parts(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    for start in range(0, 30, 10):
        append(
            *(event(number) for number in range(start, start + 10)),
            partition=str(start),
        )
    loads = [
        run_source(settings, "events", events.source(settings, limit_bytes=1))
        for _ in range(4)
    ]
    assert [sum(table.rows for table in load) for load in loads] == [10, 10, 10, 0]
    assert rows(LOADED) == [(30, 30)]


def test_a_line_longer_than_a_batch_is_read_whole(
    settings: Settings, append: Append, event: Event
) -> None:
    append(event(1), event(2, name="x" * 5000), event(3))
    batches = list(
        read_batches(
            settings.event_log_dir,
            "accepted",
            {},
            limit_bytes=10**9,
            batch_bytes=600,
        )
    )
    assert sum(batch.lines.num_rows for batch in batches) == 3
    assert batches[-1].end_offset == sum(
        file.stat().st_size
        for file in (settings.event_log_dir / "accepted").glob("*/*.ndjson")
    )


def test_a_position_beyond_the_log_names_the_partition(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="accepted/7"):
        list(read_batches(tmp_path, "accepted", {"7": 5}, limit_bytes=10))
