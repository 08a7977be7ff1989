from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.contrib.requests import (
    RequestsOpenAPIRequest,
    RequestsOpenAPIResponse,
)
from openapi_spec_validator import validate
from requests import Request, Response

from activation.cursor import Cursor, Pause, write_cursor
from cdp.errors import Misconfigured
from cdp.event import format_time
from ingestion.event_log import EventLog
from orchestration.api.app import workspace_api
from orchestration.api.openapi import openapi_document
from orchestration.api.routes import ADDRESSES

PATHS = [one.path.replace("{name}", "order_completed") for one in ADDRESSES]
SECRETS = (
    *("web-write-key", "team-key", "planner-key", "project-77"),
    *("written-out-by-mistake", "hush-hush-too", "xoxb-1234567890-abcdef"),
)


def problems_of_contract(answer: httpx.Response) -> None:
    """Fails where an answer is not what the OpenAPI document promises."""
    request = Request("GET", str(answer.request.url), dict(answer.request.headers))
    response = Response()
    response.status_code = answer.status_code
    response._content = answer.content
    response.headers.update(answer.headers)
    OpenAPI.from_dict(openapi_document()).validate_response(
        RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(response)
    )


def test_the_openapi_document_is_valid_and_served(server: Any) -> None:
    with server.client(None) as client:
        served = client.get("/openapi.json").json()
    validate(served)
    assert set(served["paths"]) == {address.path for address in ADDRESSES}


def test_every_answer_is_as_the_document_says_and_holds_no_secret(server: Any) -> None:
    with server.client() as client:
        for path in PATHS:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            problems_of_contract(answer)
            assert not [one for one in SECRETS if one in answer.text], path


REFUSED = [
    ("team-kez", "/v1/workspace", 401, "unauthorised"),
    (None, "/v1/workspace", 401, "unauthorised"),
    ("", "/v1/workspace", 401, "unauthorised"),
    ("planner-key", "/v1/workspace", 403, "missing_scope"),
    ("planner-key", "/v1/deliveries/summary", 403, "missing_scope"),
    ("planner-key", "/v1/plan/events/no_such_event", 404, "not_found"),
    ("team-key", "/v1/plan/events/..%2Ftraits", 404, "no_such_address"),
    ("team-key", "/v1/elsewhere", 404, "no_such_address"),
    ("team-key", "/v1/deliveries/summary?hours=0", 400, "not_understood"),
    ("team-key", "/v1/quarantine/summary?hours=soon", 400, "not_understood"),
    (
        "team-key",
        f"/v1/quarantine/summary?hours={'1'.zfill(9)}{'9' * 20}",
        400,
        "not_understood",
    ),
]


def test_what_is_refused_says_why_and_what_to_do(server: Any) -> None:
    for key, path, status, code in REFUSED:
        with server.client(key) as client:
            answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.json()["message"]
        assert answer.json()["fix"]
        if code != "no_such_address":
            problems_of_contract(answer)


def test_a_missing_scope_is_named(server: Any) -> None:
    with server.client("planner-key") as client:
        answer = client.get("/v1/check")
    assert "workspace:read" in answer.json()["message"]
    assert "keys.planner.scopes" in answer.json()["fix"]


def test_the_plan_says_what_may_be_said_of_people_and_other_names_of_events(
    server: Any,
) -> None:
    with server.client() as client:
        traits = client.get("/v1/plan/traits").json()
        order = client.get("/v1/plan/events/order_completed").json()
    assert traits["properties"]["properties"]["email"]["type"] == "string"
    assert "Order Completed" in order["aliases"]


def test_it_is_read_only(server: Any) -> None:
    with server.client() as client:
        answer = client.post("/v1/sources", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_an_answer_that_has_not_changed_is_not_sent_again(server: Any) -> None:
    with server.client() as client:
        first = client.get("/v1/sources")
        again = client.get(
            "/v1/sources", headers={"If-None-Match": first.headers["etag"]}
        )
        other = client.get("/v1/sources", headers={"If-None-Match": '"another"'})
    assert (again.status_code, again.content) == (304, b"")
    assert other.content == first.content


def test_secrets_are_shown_as_references_and_whether_they_are_set(server: Any) -> None:
    with server.client() as client:
        (source,) = client.get("/v1/sources").json()
        (destination,) = client.get("/v1/destinations").json()
    assert source["settings"] == [
        {
            "name": "write_key",
            "is_secret": True,
            "written": "${WEB_KEY}",
            "variables": ["WEB_KEY"],
            "missing_variables": [],
        }
    ]
    written = {one["name"]: one["written"] for one in destination["settings"]}
    assert written["service_account"] == "robot"
    assert written["url"] == "${MIXPANEL_URL:-https://api.mixpanel.com}"
    assert "hidden" in written["service_secret"]
    assert "hidden" in written["unheard_of"]


def test_a_paused_connection_says_since_when(server: Any) -> None:
    file = server.data_dir / "forward" / "product_analytics.json"
    pause = Pause("2026-11-20T10:00:00.250Z", "HTTP 401: hush-hush-too")
    with server.client() as client:
        (before,) = client.get("/v1/connections").json()
        write_cursor(file, Cursor(pause=pause))
        answer = client.get("/v1/connections")
    assert before["paused_since"] is None
    assert answer.json()[0]["paused_since"] == pause.since
    problems_of_contract(answer)
    assert "hush" not in answer.text, "tools may quote what they were sent"


def test_problems_are_those_of_the_check(server: Any) -> None:
    with server.client() as client:
        found = client.get("/v1/check").json()
        summary = client.get("/v1/workspace").json()
    assert {"plain_secret", "unknown_key"} <= {one["code"] for one in found["problems"]}
    assert summary["errors"] == found["errors"] > 0


def test_outcomes_of_the_last_hours_are_counted_from_the_log(server: Any) -> None:
    now = datetime.now(UTC)
    log = EventLog(server.data_dir / "event_log", "deliveries")
    for hours in (30, 5, 1, 0):
        at = format_time(now - timedelta(hours=hours, minutes=1))
        row = {"connection": "product_analytics", "destination": "analytics"}
        row |= {"status": "delivered", "attemptedAt": at, "reason": "hush-hush-too"}
        log.append([json.dumps(row).encode()])
    log.close()
    with server.client() as client:
        answers = [
            client.get("/v1/deliveries/summary", params=asked)
            for asked in ({"hours": 2}, {}, {"hours": 48})
        ]
    assert [one.json()["counts"][0]["count"] for one in answers] == [2, 3, 4]
    for answer in answers:
        problems_of_contract(answer)
        assert "hush" not in answer.text


def test_a_key_that_is_taken_out_of_the_file_stops_working(server: Any) -> None:
    file = server.project_dir / "headwater.yml"
    text = file.read_text()
    with server.client("planner-key") as client:
        assert client.get("/v1/plan/events").status_code == 200
        lines = [one for one in text.splitlines() if "planner" not in one]
        file.write_text("\n".join(lines))
        assert client.get("/v1/plan/events").status_code == 401
        file.write_text(text)
        assert client.get("/v1/plan/events").status_code == 200


def test_a_file_that_breaks_while_it_is_served_is_told_not_raised(server: Any) -> None:
    (server.project_dir / "headwater.yml").write_text("stage: [")
    with server.client() as client:
        answer = client.get("/v1/sources")
        assert client.get("/health").json() == {"status": "ok"}
    assert (answer.status_code, answer.json()["code"]) == (503, "misconfigured")
    assert "headwater.yml" in answer.json()["message"]


def test_it_does_not_start_where_nobody_may_ask(environment: dict[str, str]) -> None:
    for name in ("TEAM_KEY", "PLANNER_KEY"):
        environment.pop(name)
    with pytest.raises(Misconfigured, match="no key with the scope") as raised:
        workspace_api(environment)
    assert raised.value.fix == "Export TEAM_KEY"
