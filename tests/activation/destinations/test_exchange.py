from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from activation.destinations.exchange import (
    Request,
    exchange,
    header_key,
    judge,
    open_client,
    retry_after,
)
from activation.destinations.outcome import NotTaken, Status
from tests.activation.recording import Tool


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (400, Status.REJECTED),
        (413, Status.REJECTED),
        (422, Status.REJECTED),
        (401, Status.MISCONFIGURED),
        (404, Status.MISCONFIGURED),
        (301, Status.MISCONFIGURED),
        (408, Status.RETRY),
        (429, Status.RETRY),
        (500, Status.RETRY),
        (503, Status.RETRY),
    ],
)
def test_an_answer_says_whose_turn_it_is(code: int, status: Status) -> None:
    headers = {"location": "/elsewhere"} if code == 301 else {}

    assert judge(httpx.Response(code, headers=headers)).status is status


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=90)

    assert retry_after(httpx.Response(429, headers={"Retry-After": "12"})) == 12
    dated = retry_after(
        httpx.Response(429, headers={"Retry-After": format_datetime(soon, usegmt=True)})
    )
    assert dated is not None
    assert 60 < dated <= 90
    assert retry_after(httpx.Response(429, headers={"Retry-After": "soon"})) is None
    assert retry_after(httpx.Response(429)) is None


def test_a_port_where_nobody_listens_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with open_client() as client, pytest.raises(NotTaken) as refusal:
            exchange(client, Request("POST", url, {}, b""))

    assert refusal.value.outcome.status is Status.RETRY


def test_an_address_that_is_none_is_the_operators_turn() -> None:
    with open_client() as client, pytest.raises(NotTaken) as refusal:
        exchange(client, Request("POST", "mixpanel.com/import", {}, b""))

    assert refusal.value.outcome.status is Status.MISCONFIGURED


@pytest.mark.parametrize("key", ["sk-1\n", "clé", "a\rb"])
def test_a_key_that_no_header_can_carry_is_the_operators_turn(
    tool: Tool, key: str
) -> None:
    request = Request("POST", tool.url, {"Authorization": key}, b"")

    with open_client() as client, pytest.raises(NotTaken) as refusal:
        exchange(client, request)

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert tool.seen == []


def test_an_answer_that_is_not_what_it_says_is_tried_again(tool: Tool) -> None:
    tool.answers_with(200, b"plain", Content_Encoding="gzip")

    with open_client() as client, pytest.raises(NotTaken) as refusal:
        exchange(client, Request("POST", tool.url, {}, b"{}"))

    assert refusal.value.outcome.status is Status.RETRY


def test_a_key_of_printable_letters_stays_as_it_is() -> None:
    assert header_key("ajs-next-1-00000000") == "ajs-next-1-00000000"
    assert header_key("café") == header_key("café") != header_key("cafe")
