import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from ingestion.reconciliation import tools
from ingestion.reconciliation.checks import reconcile

SPECS = Path(__file__).parents[3].parent / "shared" / "specs"


def profile(number: int, minute: int = 0, **fields) -> dict:
    stamp = f"2026-03-01T{minute // 60:02d}:{minute % 60:02d}:00+00:00"
    attributes = {"email": f"person{number}@example.com", "updated": stamp, **fields}
    return {"type": "profile", "id": f"01J{number:05d}", "attributes": attributes}


def event(number: int, metric: str = "Opn001") -> dict:
    moment = f"2026-03-01T00:00:{number:02d}+00:00"
    attributes = {"datetime": moment, "timestamp": 1_772_323_200 + number}
    attributes["event_properties"] = {"Campaign Name": "newsletter"}
    related = {
        "profile": {"data": {"type": "profile", "id": "01J00001"}},
        "metric": {"data": {"type": "metric", "id": metric}},
    }
    body = {"type": "event", "id": f"ev{number}", "attributes": attributes}
    return {**body, "relationships": related}


def campaign(number: int, minute: int = 0, **fields) -> dict:
    stamp = f"2026-03-01T00:{minute:02d}:00+00:00"
    attributes = {"name": f"news {number}", "status": "Draft", "updated_at": stamp}
    message = {"type": "campaign-message", "id": f"m{number}"}
    return {
        "type": "campaign",
        "id": f"c{number}",
        "attributes": {**attributes, "send_time": None, **fields},
        "relationships": {"campaign-messages": {"data": [message]}},
    }


def test_campaigns_come_with_the_subjects_of_their_messages(workspace):
    content = {"channel": "email", "content": {"subject": "For you"}}
    message = {"type": "campaign-message", "id": "m1"}
    message = {**message, "attributes": {"definition": content}}
    workspace.put("klaviyo", "campaign_messages", message)
    workspace.put("klaviyo", "campaigns", campaign(1), campaign(2, minute=5))
    assert workspace.load("klaviyo") == {"campaigns": 2}
    assert workspace.load("klaviyo") == {}
    sent = campaign(1, minute=9, status="Sent", send_time="2026-03-01T09:00:00+00:00")
    workspace.put("klaviyo", "campaigns", sent)
    assert workspace.load("klaviyo") == {"campaigns": 1}
    rows = workspace.query(
        "select id, status, message_id, subject, messages -> 'data' -> 0 ->> 'id'"
        " from raw_klaviyo.campaigns order by id"
    )
    assert rows == [
        ("c1", "Sent", "m1", "For you", "m1"),
        ("c2", "Draft", "m2", None, "m2"),
    ]


def test_counts_of_profiles_events_and_campaigns_agree(workspace):
    workspace.put("klaviyo", "campaigns", campaign(1), campaign(2, minute=5))
    workspace.put("klaviyo", "profiles", profile(1), profile(2))
    workspace.load("klaviyo")
    checks = reconcile(workspace.settings, ["klaviyo"])
    assert {check.figure.table: check.in_warehouse for check in checks} == {
        "profiles": 2,
        "events": 0,
        "campaigns": 2,
    }
    assert {check.verdict for check in checks} == {"equal"}


def test_profiles_that_an_import_gave_one_time_are_compared(workspace, monkeypatch):
    monkeypatch.setattr(tools, "LISTED_PAGES", 2)
    workspace.put("klaviyo", "profiles", *(profile(number) for number in range(3)))
    imported = [profile(number, minute=9) for number in range(3, 253)]
    workspace.put("klaviyo", "profiles", *imported)
    workspace.load("klaviyo")
    workspace.put("klaviyo", "profiles", profile(253, minute=9))
    checks = reconcile(workspace.settings, ["klaviyo"])
    said = {check.figure.table: check for check in checks}["profiles"]
    assert (said.figure.in_source, said.in_warehouse) == (251, 250)
    assert said.verdict == "different"


def test_attributes_become_columns_and_an_event_knows_its_metric(workspace):
    metric = {"type": "metric", "id": "Opn001", "attributes": {"name": "Opened Email"}}
    workspace.put("klaviyo", "metrics", metric)
    workspace.put("klaviyo", "events", event(1), event(2, metric="Gone01"))
    consent = {"email": {"marketing": {"can_receive_email_marketing": True}}}
    workspace.put("klaviyo", "profiles", profile(1, subscriptions=consent))
    assert workspace.load("klaviyo") == {"profiles": 1, "events": 2}
    events = workspace.query(
        "select id, metric_name from raw_klaviyo.events order by id"
    )
    assert events == [("ev1", "Opened Email"), ("ev2", None)]
    flag = "subscriptions -> 'email' -> 'marketing' ->> 'can_receive_email_marketing'"
    rows = workspace.query(f"select email, {flag} from raw_klaviyo.profiles")  # noqa: S608
    assert rows == [("person1@example.com", "true")]


def test_what_our_own_sync_wrote_stays_in_properties(workspace):
    workspace.put("klaviyo", "profiles", profile(1, properties={"is_high_value": True}))
    workspace.load("klaviyo")
    columns = workspace.query(
        "select column_name from information_schema.columns"
        " where table_schema = 'raw_klaviyo' and table_name = 'profiles'"
    )
    assert ("properties",) in columns
    assert ("is_high_value",) not in columns


@pytest.mark.parametrize("name", ["profiles", "events"])
def test_requests_are_as_the_vendor_specifies_them(workspace, name):
    specification = SPECS / f"klaviyo.{name}.json"
    if not specification.exists():
        pytest.skip(f"{specification.name} is not there to check against")
    document = json.loads(specification.read_text(encoding="utf-8"))
    api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
    workspace.put("klaviyo", "profiles", *(profile(one, one) for one in range(150)))
    workspace.put("klaviyo", "events", event(1))
    workspace.load("klaviyo")
    workspace.load("klaviyo")
    requests = [
        request
        for request in workspace.stand.traffic.seen["klaviyo"]
        if request.path == f"/api/{name}"
    ]
    assert any("filter" in request.query for request in requests)
    for request in requests:
        mock = MockRequest(
            "https://a.klaviyo.com",
            request.method.lower(),
            request.path,
            args=dict(parse_qsl(request.query)),
            headers={**request.headers, "Authorization": "Klaviyo-API-Key x"},
        )
        api.validate_request(mock)
