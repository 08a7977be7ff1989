import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import pytest

from cdp.errors import Misconfigured, Unavailable
from sandbox.company.company import found_company
from sandbox.company.journal import Event
from sandbox.company.lives import live_all
from sandbox.sending import EventSender

KEYS = {"web": "key-web", "mobile": "key-mobile", "server": "key-server"}


class Receiver(ThreadingHTTPServer):
    """Takes batches as a collector does and notes what is in them."""

    def __init__(self, answers: list[tuple[int, dict[str, str]]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answers = answers
        self.events: list[dict] = []
        self.lock = Lock()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with self.server.lock:
            answers = self.server.answers
            status, headers = answers.pop(0) if answers else (200, {})
            if status == 200:
                self.server.events.extend(json.loads(body)["batch"])
        self.send_response(status)
        for name, value in {"Content-Length": "2", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *parts: object) -> None:
        pass


@contextmanager
def receiving(*answers: tuple[int, dict[str, str]]) -> Iterator[Receiver]:
    server = Receiver(list(answers))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: Receiver) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def send_all(sender: EventSender, events: list[Event]) -> None:
    sender.send(events)
    sender.finish()


@pytest.fixture(scope="module")
def events() -> list[Event]:
    company = found_company(7, date(2026, 11, 22), 365, 0.01)
    return [event for life in live_all(company, range(40)) for event in life.events]


def test_every_event_arrives_as_it_was(events):
    with receiving() as server:
        sender = EventSender(address(server), KEYS)
        sender.send(events)
        sent = sender.finish()
        sender.close()
    assert sent.event_count == len(events) == len(server.events)
    received = {event["messageId"]: event for event in server.events}
    for event in events:
        arrived = received[event.body["messageId"]]
        for key in ("type", "event", "anonymousId", "userId", "properties", "traits"):
            assert arrived.get(key) == event.body.get(key)
        assert arrived["context"]["library"]["name"] == "analytics-python"


def test_a_late_event_comes_after_all_the_others(events):
    late = {event.body["messageId"] for event in events if event.late_seconds}
    with receiving() as server:
        sender = EventSender(address(server), dict.fromkeys(KEYS, "k"))
        sender.send(events)
        sender.finish()
        sender.close()
    order = {event["messageId"]: place for place, event in enumerate(server.events)}
    by_source = [
        [
            order[event.body["messageId"]]
            for event in events
            if event.source_id == name and bool(event.late_seconds) == is_late
        ]
        for name in ("web",)
        for is_late in (False, True)
    ]
    assert late
    assert max(by_source[0]) < min(by_source[1])


def test_a_collector_that_asks_to_wait_loses_nothing(events):
    busy = (503, {"Retry-After": "1"})
    with receiving(busy, busy) as server:
        sender = EventSender(address(server), KEYS)
        sender.send(events)
        sender.finish()
        sender.close()
    assert len(server.events) == len(events)


def test_a_wrong_write_key_is_a_setting_to_fix(events):
    with receiving(*[(401, {})] * 200) as server:
        sender = EventSender(address(server), KEYS)
        with pytest.raises(Misconfigured, match="not accepted"):
            send_all(sender, events)
        sender.close()


@pytest.mark.slow
def test_a_collector_that_is_not_there_is_reported_as_unavailable(events):
    with receiving() as server:
        url = address(server)
    sender = EventSender(url, KEYS, attempts=2)
    with pytest.raises(Unavailable, match="Start the collector"):
        send_all(sender, events[:50])
    sender.close()


def test_a_source_without_a_write_key_is_a_setting_to_fix(events):
    with receiving() as server:
        sender = EventSender(address(server), {"web": "k"})
        with pytest.raises(Misconfigured, match="no write key for source"):
            sender.send(events)
        sender.close()
