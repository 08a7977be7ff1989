from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cdp.errors import Misconfigured
from cdp.tracking_plan import load_plan
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
from ingestion.collector.limits import Limits, limits_of, rates_of
from ingestion.event_log import read

PLAN = load_plan(Path(__file__).parents[3] / "tracking_plan")
SMALL = Limits(request_bytes=4096, batch_events=3, event_bytes=600, event_depth=4)
EVENT = {"type": "track", "event": "signed_in", "userId": "u1"}


async def post(folder: Path, body: bytes, limits: Limits) -> httpx.Response:
    committer = Committer(folder, limits=limits)
    transport = httpx.ASGITransport(app=Collector({"key": "web"}, PLAN, committer))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://collector", auth=("key", "")
    ) as client:
        answer = await client.post("/v1/batch", content=body)
    await committer.close()
    return answer


def batch(*events: Any) -> bytes:
    return json.dumps({"batch": events}).encode()


def lines(folder: Path, topic: str) -> list[dict[str, Any]]:
    return [json.loads(line) for *_, line in read(folder, topic, {}, 1 << 30)]


REFUSED = {
    "a body too large": (b" " * 4097, "the body is larger than 4096 bytes"),
    "too many events": (batch(*[EVENT] * 4), "the batch has more than 3 events"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_over_a_limit_is_refused_with_the_number(
    tmp_path: Path, name: str
) -> None:
    body, text = REFUSED[name]
    answer = asyncio.run(post(tmp_path, body, SMALL))
    assert (answer.status_code, answer.text) == (413, text)
    assert lines(tmp_path, "accepted") == []


SET_APART = {
    "too large": ({"context": {"a": "x" * 600}}, "larger than 600 bytes"),
    "too deep": ({"context": {"a": [{"b": [1]}]}}, "nested deeper than 4 levels"),
}


@pytest.mark.parametrize("name", SET_APART)
def test_an_event_over_a_limit_is_kept_apart_and_its_neighbours_go_on(
    tmp_path: Path, name: str
) -> None:
    fields, text = SET_APART[name]
    body = batch(EVENT, EVENT | fields, EVENT)
    assert asyncio.run(post(tmp_path, body, SMALL)).status_code == 200
    assert len(lines(tmp_path, "accepted")) == 2
    (row,) = lines(tmp_path, "quarantine")
    assert text in row["violations"][0]["message"]
    assert row["body"] == EVENT | fields


def test_what_reaches_the_limits_is_taken(tmp_path: Path) -> None:
    flat = {"context": {"a": [{"b": 1}], "c": [{}, {}, {}]}}
    body = batch(EVENT | flat, EVENT, EVENT)
    assert asyncio.run(post(tmp_path, body, SMALL)).status_code == 200
    assert len(lines(tmp_path, "accepted")) == 3


def test_limits_are_read_from_numbers_and_from_the_environment() -> None:
    section = {"host": "127.0.0.1", "batch_events": 7, "dedup_hours": "0"}
    assert limits_of(section) == Limits(batch_events=7, dedup_hours=0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event_bytes", 0),
        ("workers", 0),
        ("dedup_ids", -1),
        ("batch_events", 1.5),
        ("event_depth", "many"),
        ("request_bytes", None),
    ],
)
def test_a_limit_that_is_none_names_its_place(name: str, value: object) -> None:
    with pytest.raises(Misconfigured, match=f"collector.{name}"):
        limits_of({name: value})


def test_a_rate_is_divided_among_the_workers() -> None:
    sources = {"web": {"events_per_second": "100"}, "mobile": {}}
    assert rates_of(sources, 4) == {"web": 25.0}


@pytest.mark.parametrize("rate", [0, -1, "much", None, "nan", "inf"])
def test_a_rate_that_is_none_names_its_place(rate: object) -> None:
    with pytest.raises(Misconfigured, match="events_per_second"):
        rates_of({"web": {"events_per_second": rate}})
