import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

PATHS = {
    "salesforce": "/salesforce/services/data/v62.0/query",
    "stripe": "/stripe/v1/charges",
    "zendesk": "/zendesk/api/v2/incremental/users/cursor.json",
    "klaviyo": "/klaviyo/api/profiles",
    "mixpanel": "/mixpanel/import",
    "hubspot": "/hubspot/crm/v3/objects/contacts",
    "shopify": "/shopify/admin/api/2026-10/orders.json",
}


@pytest.mark.parametrize("tool", PATHS)
def test_a_fault_is_shown_as_often_as_asked_for(client, tool):
    fault = {"tool": tool, "kind": "status", "status": 503, "retry_after": 3}
    client.post("/_control/faults", json={**fault, "count": 2, "after": 1})
    answers = [client.get(PATHS[tool]) for _ in range(4)]
    assert [one.status_code == 503 for one in answers] == [False, True, True, False]
    assert answers[1].headers["retry-after"] == "3"
    counts = client.get("/_control/counts").json()[tool]
    assert (counts["requests"], counts["refused"]) == (4, 2)


@pytest.mark.parametrize("tool", PATHS)
def test_half_a_page_breaks_off(client, tool):
    client.post("/_control/faults", json={"tool": tool, "kind": "half_page"})
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(PATHS[tool])


@pytest.mark.parametrize(
    "tool", ["stripe", "zendesk", "klaviyo", "mixpanel", "hubspot", "shopify"]
)
def test_a_rate_limit_says_when_to_come_back(client, tool):
    client.post("/_control/limits", json={"tool": tool, "per_second": 0.01, "burst": 2})
    answers = [client.get(PATHS[tool]) for _ in range(3)]
    assert [one.status_code == 429 for one in answers] == [False, False, True]
    assert int(answers[2].headers["retry-after"]) >= 1


def test_the_crm_words_its_daily_limit_as_it_does(client):
    limit = {"tool": "salesforce", "per_second": 0.01, "burst": 0}
    client.post("/_control/limits", json=limit)
    answer = client.get(PATHS["salesforce"])
    assert answer.status_code == 403
    assert answer.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def test_an_ended_session_has_to_be_renewed(crm):
    query = {"q": "select Id from Lead"}
    assert crm.get(PATHS["salesforce"], params=query).status_code == 200
    fault = {"tool": "salesforce", "kind": "token_expired"}
    crm.post("/_control/faults", json=fault)
    assert crm.get(PATHS["salesforce"], params=query).status_code == 401
    assert crm.get(PATHS["salesforce"], params=query).status_code == 401


def test_a_fault_that_does_not_exist_is_explained(client):
    answer = client.post("/_control/faults", json={"tool": "stripe", "kind": "fire"})
    assert answer.status_code == 400
    assert "half_page" in answer.json()["error"]


def test_reset_forgets_faults_and_limits(client):
    client.post("/_control/faults", json={"tool": "stripe", "kind": "half_page"})
    client.post("/_control/limits", json={"tool": "stripe", "per_second": 0.01})
    client.post("/_control/reset")
    assert client.get(PATHS["stripe"]).status_code == 401
    assert client.get("/_control/counts").json()["stripe"]["requests"] == 1


@pytest.mark.parametrize("tool", PATHS)
def test_an_unknown_path_is_answered_in_the_vendors_manner(client, tool):
    answer = client.get(f"/{tool}/nowhere")
    assert answer.status_code == 404
    assert answer.json()


def test_the_command_serves_and_says_where(tmp_path: Path):
    ready_file = tmp_path / "ready.json"
    command = [sys.executable, "-m", "sandbox.tools", "--port", "0"]
    command += ["--store", str(tmp_path / "t.sqlite"), "--ready-file", str(ready_file)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3]) as running:
        until = time.monotonic() + 60
        while not ready_file.exists() and time.monotonic() < until:
            time.sleep(0.02)
        port = json.loads(ready_file.read_text())["port"]
        assert httpx.get(f"http://127.0.0.1:{port}/health").text == "OK"
        running.terminate()
