from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from ingestion.data_docs import without_outside_requests
from ingestion.empty_tables import TOOLS
from ingestion.expectation_suite import SUITES, Expectation, read_suite
from ingestion.expectations import check_loads
from ingestion.load import load, load_source
from ingestion.validation import ERRORED, FAILED, MET, validate

Append = Callable[..., None]
Query = Callable[..., list[tuple[Any, ...]]]
Event = Callable[..., dict[str, Any]]
FETCHED = re.compile(
    r"<(?:script|img|iframe|link|source|video|audio|object|embed|form)\b"
    r"|(?:src|action|srcset|poster)\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|href\s*=\s*[\"']?\s*(?:https?:)?//|url\(\s*[\"']?(?:https?:)?//|@import",
    re.IGNORECASE,
)
CHROMIUM = shutil.which("chromium")


def expectation(name: str, severity: str = "critical", **arguments: Any) -> Expectation:
    return Expectation(f"expect_column_values_to_{name}", arguments, severity, "why")


def test_a_load_that_is_as_expected_passes_and_is_not_looked_at_again(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1), event(2))
    load_source(settings, "events")
    [check] = check_loads(settings, ["events"])
    assert (check.table, check.rows, check.has_passed) == ("raw_events.events", 2, True)
    assert check_loads(settings, ["events"]) == []
    assert rows("select count(*) from ledger.load_checks") == [(1,)]


def test_a_critical_failure_stops_the_load_without_naming_any_value(
    settings: Settings, append: Append, event: Event
) -> None:
    append(event(1), event(2, type="secret@example.com"), event(3), event(4))
    with pytest.raises(Rejected) as refused:
        load(settings, ["events"])
    message = str(refused.value)
    assert "raw_events.events.type" in message
    assert "25.00% of the rows" in message
    assert "secret@example.com" not in message
    pages = (settings.data_dir / "data_docs").glob("*.html")
    assert all("secret@example.com" not in page.read_text() for page in pages)


def test_what_was_refused_is_refused_again_until_it_is_put_right(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1, sourceId=""))
    for _ in range(2):
        with pytest.raises(Rejected, match="source_id"):
            load(settings, ["events"])
    rows("update raw_events.events set source_id = 'web'")
    [result] = load(settings, ["events"])
    assert (result.rows, result.error) == (0, None)


def test_a_warning_is_recorded_and_lets_the_load_pass(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1, messageId="m" * 300))
    load(settings, ["events"])
    assert rows(
        "select column_names, status, unexpected_share"
        " from ledger.expectation_findings where severity = 'warning'"
    ) == [("message_id", "failed", 1.0)]
    assert "message_id" in (settings.data_dir / "data_docs/index.html").read_text()


def test_an_expectation_that_errors_is_told_from_one_that_fails() -> None:
    findings, _ = validate(
        "raw_events.events",
        [
            expectation("not_be_null", column="type"),
            expectation("not_be_null", column="nowhere"),
            expectation("be_in_set", column="type", value_set=["track"]),
            expectation("be_no_such_thing", column="type"),
        ],
        pd.DataFrame({"type": ["track", "page"]}),
    )
    assert [finding.status for finding in findings] == [MET, ERRORED, FAILED, ERRORED]
    assert 'column "nowhere"' in findings[1].reason
    assert findings[2].unexpected_share == 0.5
    assert "could not be evaluated" in findings[1].sentence("raw_events.events")


def test_a_critical_error_is_the_operators_turn(
    settings: Settings, append: Append, rows: Query, event: Event
) -> None:
    append(event(1))
    load_source(settings, "events")
    rows("alter table raw_events.events rename column source_id to origin")
    with pytest.raises(Misconfigured, match=r"source_id.*could not be evaluated"):
        check_loads(settings, ["events"])


def test_only_so_many_rows_are_looked_at(
    settings: Settings, append: Append, event: Event
) -> None:
    append(*(event(number) for number in range(300)))
    load_source(settings, "events")
    [check] = check_loads(settings, ["events"], sample_rows=100)
    assert check.rows == 100


def test_every_suite_of_the_project_can_be_read() -> None:
    kinds = {path.stem for path in SUITES.glob("*.yml")}
    assert {"events", *TOOLS} <= kinds
    assert all(read_suite(kind) for kind in kinds)


def test_a_malformed_suite_names_the_entry(tmp_path: Path) -> None:
    (tmp_path / "crm.yml").write_text("tables: {leads: [{expectation: x}]}\n")
    with pytest.raises(Misconfigured, match=r"tables\.leads\[0\]"):
        read_suite("crm", tmp_path)


def test_data_docs_hold_nothing_that_a_browser_would_fetch(
    settings: Settings, append: Append, event: Event
) -> None:
    append(event(1), event(2))
    load(settings, ["events"])
    pages = sorted((settings.data_dir / "data_docs").glob("*.html"))
    assert [page.name for page in pages] == ["index.html", "raw_events.events.html"]
    for page in pages:
        assert FETCHED.search(page.read_text()) is None, page


def test_what_would_be_fetched_is_cut_out_of_a_page() -> None:
    page = without_outside_requests(
        '<link href="https://a/b.css"><script src="//c/d.js"></script>'
        '<img src="https://e/f.png"><style>@import "https://g";'
        "p { background: url(https://h/i.png) }</style>"
        '<a href="https://j">outside</a><a href="index.html">inside</a>'
    )
    assert FETCHED.search(page) is None
    assert "outside" in page
    assert '<a href="index.html">inside</a>' in page


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_data_docs_open_in_a_browser_that_reaches_no_other_host(
    settings: Settings, append: Append, event: Event, tmp_path: Path
) -> None:
    append(event(1, sourceId=""), event(2))
    with pytest.raises(Rejected):
        load(settings, ["events"])
    network_log = tmp_path / "network.json"
    shown = subprocess.run(
        [
            str(CHROMIUM),
            *("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--disable-background-networking",
            *(
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--log-net-log={network_log}",
            ),
            (settings.data_dir / "data_docs/raw_events.events.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "source_id" in shown.stdout
    assert "50% not null" in shown.stdout.replace("≈", "")
    asked = network_log.read_text()
    hosts = ("greatexpectations.io", "jsdelivr", "bootstrapcdn", "unpkg", "amazonaws")
    assert not [host for host in hosts if host in asked]
