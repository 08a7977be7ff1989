from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyarrow import fs, parquet

from activation.destinations.delivery import Item
from activation.destinations.object_storage import ObjectStorage, ObjectStorageRecords
from activation.destinations.outcome import NotTaken, Outcome, Status
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
DELIVERED = Outcome(Status.DELIVERED)
LINES = "*/*/*/*.ndjson.gz"


def items_of(store: ObjectStorage, *events: dict[str, Any]) -> list[Item]:
    return [one.encoded() for event in events for one in store.translate(event)]


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).split()]


def ids_below(folder: Path) -> list[str]:
    return sorted(
        one["messageId"][-2:] for file in folder.glob(LINES) for one in lines_of(file)
    )


def test_events_are_divided_by_name_and_hour(event: Make, tmp_path: Path) -> None:
    store = ObjectStorage({"url": str(tmp_path)})
    sent = [
        event(1, event="Order Completed"),
        event(2, type="page", event=None, name="Home"),
        event(3, event="../x", receivedAt="2026-10-01T23:30:00-02:00"),
        event(4, type="identify", event=None, receivedAt=None, timestamp=None),
    ]
    before = copy.deepcopy(sent)

    assert store.deliver(items_of(store, *sent)) == [DELIVERED] * 4
    store.close()

    files = {str(one.parent.relative_to(tmp_path)): one for one in tmp_path.glob(LINES)}
    assert sorted(files) == [
        "event=%2E%2E%2Fx/date=2026-10-02/hour=01",
        "event=Order Completed/date=2026-10-01/hour=10",
        "event=identify/date=unknown/hour=unknown",
        "event=page/date=2026-10-01/hour=10",
    ]
    (line,) = gzip.decompress(
        files["event=page/date=2026-10-01/hour=10"].read_bytes()
    ).splitlines()
    assert json.loads(line) == sent[1]
    assert sent == before


def test_a_batch_that_is_sent_twice_makes_the_same_file(
    event: Make, tmp_path: Path
) -> None:
    store = ObjectStorage({"url": f"file://{tmp_path}"})
    items = items_of(store, event(1), event(2), event(2))

    store.deliver(items)
    first = {one: one.read_bytes() for one in tmp_path.glob(LINES)}
    store.deliver(items)
    again = ObjectStorage({"url": str(tmp_path)})
    again.deliver(items)

    assert {one: one.read_bytes() for one in tmp_path.glob(LINES)} == first
    assert ids_below(tmp_path) == ["01", "02"]


def test_what_a_killed_process_wrote_is_not_written_again_in_another_batch(
    event: Make, tmp_path: Path
) -> None:
    events = [event(number, event=f"e{number % 2}") for number in range(6)]
    killed = ObjectStorage({"url": str(tmp_path)})
    killed.deliver(items_of(killed, *events[:4]))
    # it had noted and written one of two files when it was killed
    lost = next(iter(tmp_path.glob("event=e1/*/*/*.gz")))
    lost.unlink()

    restarted = ObjectStorage({"url": str(tmp_path)})
    outcomes = restarted.deliver(items_of(restarted, *events))

    assert outcomes == [DELIVERED] * 6
    assert ids_below(tmp_path) == ["00", "01", "02", "03", "04", "05"]


def test_a_write_that_fails_half_way_is_gone_on_with(
    event: Make, tmp_path: Path
) -> None:
    store = ObjectStorage({"url": str(tmp_path)})
    blocked = tmp_path / "event=e1"
    blocked.write_text("a file where a folder is needed")
    events = [event(number, event=f"e{number % 2}") for number in range(4)]

    with pytest.raises(NotTaken):
        store.deliver(items_of(store, *events))
    blocked.unlink()
    store.deliver(items_of(store, *events, event(4, event="e0")))

    assert ids_below(tmp_path) == ["00", "01", "02", "03", "04"]
    assert not list(tmp_path.glob("**/*.part"))


def test_notes_are_few(event: Make, tmp_path: Path) -> None:
    store = ObjectStorage({"url": str(tmp_path)})
    for number in range(20):
        store.deliver(items_of(store, event(number)))

    assert len(list((tmp_path / "_headwater").iterdir())) == 8


def test_parquet_has_types(event: Make, tmp_path: Path) -> None:
    store = ObjectStorage({"url": str(tmp_path), "format": "parquet"})
    store.deliver(items_of(store, event(1, userId="u1", traits={"a": {"b": 1.5}})))

    (file,) = tmp_path.glob("*/*/*/*.parquet")
    (row,) = parquet.read_table(file).to_pylist()
    assert row["user_id"] == "u1"
    assert row["occurred_at"] == datetime(2026, 10, 1, 10, 0, 1, 250_000, UTC)
    assert json.loads(row["traits"]) == {"a": {"b": 1.5}}
    assert (row["group_id"], row["sent_at"]) == (None, None)


def test_s3_holds_the_same(event: Make, s3: dict[str, Any]) -> None:
    section = {"url": "s3://lake/events", **s3}
    store = ObjectStorage(section)
    events = [event(number, event=f"e{number % 2}") for number in range(6)]
    store.deliver(items_of(store, *events[:4]))

    restarted = ObjectStorage(section)
    outcomes = restarted.deliver(items_of(restarted, *events))

    assert outcomes == [DELIVERED] * 6
    bucket = fs.S3FileSystem(
        access_key="key",
        secret_key="secret",
        region="us-east-1",
        scheme="http",
        endpoint_override=s3["endpoint"].removeprefix("http://"),
    )
    found = bucket.get_file_info(fs.FileSelector("lake/events", recursive=True))
    ids = []
    for one in found:
        if one.path.endswith(".gz"):
            with bucket.open_input_stream(one.path, compression=None) as stream:
                lines = gzip.decompress(stream.read()).splitlines()
            ids += [json.loads(line)["messageId"][-2:] for line in lines]
    assert sorted(ids) == ["00", "01", "02", "03", "04", "05"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"url": "s3://missing/events"}, Status.MISCONFIGURED),
        ({"endpoint": "http://127.0.0.1:9"}, Status.RETRY),
    ],
)
def test_a_store_that_refuses_says_whose_turn_it_is(
    event: Make, s3: dict[str, Any], change: dict[str, Any], status: Status
) -> None:
    store = ObjectStorage({"url": "s3://lake/events", **s3, **change})

    with pytest.raises(NotTaken) as refusal:
        store.deliver(items_of(store, event()))

    assert refusal.value.outcome.status is status


def test_what_is_going_to_be_done_is_shown(event: Make) -> None:
    store = ObjectStorage({"url": "s3://lake/events"})

    one = store.request(items_of(store, event(1)))
    two = store.request(items_of(store, event(1), event(2, event="other")))

    hour = "s3://lake/events/event=product_viewed/date=2026-10-01/hour=10/"
    assert (one.method, one.url.startswith(hour)) == ("PUT", True)
    assert two.url == "s3://lake/events/event=*/date=*/hour=*"
    assert len(two.content.splitlines()) == 2


def test_rows_are_lines_of_changes(tmp_path: Path) -> None:
    store = ObjectStorageRecords(
        {"url": str(tmp_path)}, "customers", "id", clock=lambda: 1_790_848_801.0
    )
    row = {"id": "1", "amount": Decimal("12.30")}

    outcomes = store.deliver([store.prepare(row), store.prepare_removal({"id": "2"})])
    store.close()

    (file,) = tmp_path.glob("customers/date=2026-10-01/100001-*.ndjson.gz")
    assert outcomes == [DELIVERED] * 2
    assert gzip.decompress(file.read_bytes()) == (
        b'{"action":"upsert","key":"1","record":{"id":"1","amount":12.30}}\n'
        b'{"action":"delete","key":"2","record":{"id":"2"}}\n'
    )


def test_settings_and_events_that_cannot_work_are_refused(event: Make) -> None:
    for settings in (
        {"url": "ftp://x/y"},
        {"url": "s3://"},
        {"url": "/x", "format": 1},
    ):
        with pytest.raises(Misconfigured, match="object_storage"):
            ObjectStorage(settings)
    with pytest.raises(Rejected, match="messageId"):
        ObjectStorage({"url": "/x"}).translate(event(messageId=""))
