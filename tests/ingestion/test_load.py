from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cdp.errors import Misconfigured, Rejected, Unavailable
from cdp.settings import Settings
from cdp.warehouse import take_writing_turn
from ingestion.load import LoadResult, configured_sources, load, load_source
from ingestion.load_result import raise_for_failed

Append = Callable[..., None]
Query = Callable[..., list[tuple[Any, ...]]]
Event = Callable[..., dict[str, Any]]


@pytest.fixture
def refusing_server() -> Iterator[str]:
    """A vendor that refuses every request for good."""

    class Refusal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"error": {"message": "no such key"}}'
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def with_sources(settings: Settings, **sources: dict[str, Any]) -> Settings:
    document = {"sources": {**settings.document["sources"], **sources}}
    return Settings(settings.project_dir, settings.data_dir, document, {})


def test_all_is_the_event_log_and_every_tool_that_is_configured(
    settings: Settings,
) -> None:
    more = with_sources(
        settings,
        mobile={"kind": "events", "write_key": "m"},
        stripe={"kind": "stripe", "url": "u", "api_key": "k"},
        # it posts to the collector: its events are loaded with all others
        calls={"kind": "webhook", "vendor": "stripe", "secret": "s"},
    )
    assert configured_sources(more) == ["events", "stripe"]


def test_a_source_that_nobody_configured_is_refused_with_the_names_there_are(
    settings: Settings,
) -> None:
    with pytest.raises(Misconfigured, match="Use one of events, all"):
        load(settings, ["pipedrive"])


def test_a_tool_that_fails_says_so_and_the_events_still_load(
    settings: Settings,
    append: Append,
    rows: Query,
    event: Event,
    refusing_server: str,
) -> None:
    append(event(1), event(2))
    tool = {"kind": "stripe", "url": refusing_server, "api_key": "sk_secret"}
    reported: list[LoadResult] = []
    results = load(with_sources(settings, stripe=tool), ["all"], report=reported.append)
    assert results == reported
    assert {result.source: result.rows for result in results} == {
        "events": 2,
        "stripe": 0,
    }
    error = results[1].error or ""
    assert "401" in error
    assert "sk_secret" not in error
    assert "\n" not in error
    assert rows("select count(*) from raw_events.events") == [(2,)]


def test_a_second_account_of_a_tool_is_not_taken_for_the_first(
    settings: Settings, refusing_server: str
) -> None:
    account = {"kind": "stripe", "url": refusing_server, "api_key": "k"}
    both = with_sources(settings, europe=account, america={**account, "api_key": "l"})
    assert "401" in (load_source(both, "europe").error or "")
    error = load_source(both, "america").error or ""
    assert "stripe is read from one account, which is that of europe" in error


def test_all_sources_that_failed_are_named() -> None:
    failed = [LoadResult(name, error="it is down") for name in ("stripe", "zendesk")]
    with pytest.raises(Unavailable, match="stripe: it is down; zendesk: it is down"):
        raise_for_failed([LoadResult("events"), *failed])


def test_a_kind_without_a_source_module_is_named(settings: Settings) -> None:
    crm = with_sources(settings, crm={"kind": "pipedrive"})
    assert "'pipedrive'" in (load_source(crm, "crm").error or "")


def test_events_are_not_read_again(
    settings: Settings, append: Append, event: Event, rows: Query
) -> None:
    append(event(1))
    load(settings, ["events"])
    with pytest.raises(Rejected, match="events are read once"):
        load(settings, ["events"], again=True)
    assert rows("select count(*) from raw_events.events") == [(1,)]


def test_the_result_has_rows_and_seconds_by_table(
    settings: Settings, append: Append, event: Event
) -> None:
    append(*(event(number) for number in range(10)))
    seen: list[tuple[str, int, int]] = []
    [result] = load(
        settings, ["events"], progress=lambda *state: seen.append(tuple(state))
    )
    [table] = result.tables
    assert (table.table, table.rows, result.rows) == ("raw_events.events", 10, 10)
    assert 0 < table.seconds <= result.seconds
    assert seen[0] == ("load events", 0, 1)
    doing, done, total = next(state for state in seen if state[0] == "events")
    assert (doing, done) == ("events", total)


def test_the_command_prints_a_line_per_table_and_ends_with_1_on_failure(
    settings: Settings,
    append: Append,
    event: Event,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    append(event(1))
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "headwater.yml").write_text(
        "sources:\n"
        "  web: {kind: events, write_key: w}\n"
        "  crm: {kind: salesforce, url: '${SALESFORCE_URL}'}\n"
    )
    environment |= {"CDP_PROJECT_DIR": str(workspace)}
    environment.pop("SALESFORCE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-m", "ingestion.load"],
        env=environment,
        cwd=settings.project_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "raw_events.events" in ran.stdout
    assert "✗ crm" in ran.stdout
    assert "SALESFORCE_URL" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "Unavailable: not loaded: crm" in ran.stderr


def test_a_second_loader_waits_says_for_whom_and_then_loads(
    settings: Settings,
    append: Append,
    rows: Query,
    event: Event,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    append(event(1))
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "headwater.yml").write_text(json.dumps(settings.document))
    turn = take_writing_turn(settings, "a first loader")
    second = subprocess.Popen(
        [sys.executable, "-m", "ingestion.load", "events"],
        env=environment | {"CDP_PROJECT_DIR": str(workspace)},
        cwd=settings.project_dir,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert second.stderr is not None
    waiting = second.stderr.readline()
    assert "in use by 'a first loader'" in waiting
    assert second.poll() is None
    turn.release()
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert "1 rows" in out
    assert rows("select count(*) from raw_events.events") == [(1,)]
