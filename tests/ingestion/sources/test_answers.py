"""What is no answer of the vendor ends a load, and says whose turn it is."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from cdp.errors import Misconfigured, Rejected, Unavailable
from ingestion.empty_tables import TOOLS
from ingestion.load import load_source
from ingestion.sources import rest
from ingestion.sources.answers import refusal


class Stranger(ThreadingHTTPServer):
    """Answers everything with the same."""

    status = 200
    media_type = "application/json"
    body = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Stranger

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.media_type)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET  # noqa: N815 - http.server names it so

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def errors_of(workspace, url: str) -> dict[str, str]:
    for kind in TOOLS:
        workspace.settings.document["sources"][kind]["url"] = url
    results = [load_source(workspace.settings, kind) for kind in TOOLS]
    return {result.source: str(result.error) for result in results}


def test_a_page_to_sign_in_is_no_list(workspace, stranger):
    stranger.media_type, stranger.body = "text/html", b"<html>Sign in</html>"
    for kind, error in errors_of(workspace, stranger.url).items():
        assert "no JSON, perhaps a page to sign in" in error, kind
        assert "headwater.yml" in error, kind


@pytest.mark.parametrize("body", [{"error": "x@y.example"}, ["x@y.example"]], ids=str)
def test_an_answer_without_the_list_is_no_empty_list(workspace, stranger, body):
    stranger.body = json.dumps(body).encode()
    found = errors_of(workspace, stranger.url)
    session = found.pop("salesforce")
    assert session.startswith(f"{stranger.url}/services/oauth2/token: no session")
    for kind, error in found.items():
        words = "with no list" if kind == "google_ads" else "without '"
        assert f"answered {words}" in error, kind
        assert "x@y.example" not in error, kind


def test_nothing_at_the_address_is_the_operators_turn(workspace, stranger):
    stranger.status, stranger.body = 404, b'{"errors": "Not Found"}'
    for kind, error in errors_of(workspace, stranger.url).items():
        assert "there is nothing at this address (404, Not Found)" in error, kind


def test_what_is_no_address_is_said_at_once(workspace):
    for kind, error in errors_of(workspace, "127.0.0.1:9").items():
        assert "this is no address" in error, kind


def test_json_that_breaks_off_is_asked_for_again(workspace, stranger, monkeypatch):
    monkeypatch.setattr(rest, "FIRST_PAUSE_SECONDS", 0.001)
    stranger.body = b'{"orders": ['
    workspace.settings.document["sources"]["shopify"]["url"] = stranger.url
    error = str(load_source(workspace.settings, "shopify").error)
    assert "no answer after 7 attempts" in error


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            400,
            [{"message": "No such column 'Score__c'", "errorCode": "INVALID_FIELD"}],
            Rejected,
            "the request is refused (400, No such column 'Score__c')",
        ),
        (
            403,
            {"error": {"message": "The key 'rk_live_51Abc0xyz9' may not", "type": "x"}},
            Misconfigured,
            "do not reach so far (403, The key '…' may not)",
        ),
        (
            403,
            {"errors": [{"code": "permission", "detail": "Needs campaigns:read"}]},
            Misconfigured,
            "(403, Needs campaigns:read)",
        ),
        (
            403,
            {"error": "Forbidden", "description": "You do not have access."},
            Misconfigured,
            "(403, You do not have access)",
        ),
        (401, {"message": "token pat-na1-11aa22bb33 is bad"}, Misconfigured, "(401)"),
        (400, "no JSON", Rejected, "the request is refused (400)"),
        (503, {"message": "later"}, Unavailable, "answered 503"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_refusal_has_the_vendors_words_but_no_token(status, body, kind, words):
    response = requests.Response()
    response.status_code, response.url = status, "https://api.example.com/v1/x?after=1"
    is_text = isinstance(body, str)
    response._content = body.encode() if is_text else json.dumps(body).encode()
    error = refusal(response, "https://api.example.com")
    assert isinstance(error, kind)
    assert words in str(error)
    assert "after=1" not in str(error)
