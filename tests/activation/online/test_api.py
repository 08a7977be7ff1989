from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from activation.online.publish import publish
from ingestion.event_log import EventLog

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def start(shop: Any, tmp_path: Path) -> Iterator[Callable[..., httpx.Client]]:
    """Starts `cdp serve` and gives a client that has the key."""
    processes, clients = [], []

    def serve(*options: str) -> httpx.Client:
        ready = tmp_path / "ready.json"
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from cdp.cli import main; main()"),
                *("serve", "--port", "0", "--ready-file", str(ready), *options),
            ],
            env=os.environ | dict(shop.environment),
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
        )
        processes.append(process)
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        key = shop.environment["CDP_ONLINE_API_KEY"]
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{json.loads(ready.read_text())['port']}",
            headers={"Authorization": f"Bearer {key}"},
        )
        clients.append(client)
        return client

    yield serve
    for client in clients:
        client.close()
    for process in processes:
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture
def api(
    shop: Any,
    start: Callable[..., httpx.Client],
    build_marts: Callable[[Any], None],
) -> httpx.Client:
    build_marts(shop)
    publish(shop.settings)
    return start("--live")


def test_everything_that_is_published_is_answered(api: httpx.Client) -> None:
    profile = api.get("/v1/profiles/c_1")
    assert profile.status_code == 200
    assert profile.headers["content-type"] == "application/json"
    assert profile.json()["order_amount_lifetime"] == "10.50"

    assert api.get("/v1/identities/user_id/user-2").json() == {"customer_id": "c_2"}

    own = api.get("/v1/recommendations/c_1").json()
    assert (own["customer_id"], own["basis"], own["is_live"]) == (
        "c_1",
        "customer",
        False,
    )
    assert [one["product_id"] for one in own["items"]] == ["p0", "p1", "p2", "p3"]

    churn = api.get("/v1/features/churn/c_1").json()
    assert (churn["churn_probability"], churn["churn_band"]) == (0.75, "high")

    by_user = api.get("/v1/recommendations", params={"user_id": "user-1"}).json()
    assert by_user["customer_id"] == "c_1"
    by_device = api.get("/v1/recommendations?anonymous_id=device-1").json()
    assert by_device["customer_id"] == "c_1"


def test_strangers_get_what_is_popular(api: httpx.Client) -> None:
    stranger = api.get("/v1/recommendations?anonymous_id=never-seen").json()
    assert (stranger["customer_id"], stranger["basis"]) == (None, "popular")
    assert len(stranger["items"]) == 4

    without_scores = api.get("/v1/recommendations/c_2").json()
    assert without_scores["basis"] == "popular"


def test_only_callers_with_the_key_are_answered(api: httpx.Client) -> None:
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": "demo"}):
        answer = api.get("/v1/profiles/c_1", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthorised"
    without = httpx.get(f"{api.base_url}/v1/profiles/c_1")
    assert without.status_code == 401
    assert httpx.get(f"{api.base_url}/health").status_code == 200


def test_a_key_without_the_scope_is_told_which_one_it_lacks(
    shop: Any, api: httpx.Client
) -> None:
    key = shop.environment["CDP_TEAM_API_KEY"]
    answer = api.get("/v1/profiles/c_1", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert "profiles:read" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/profiles/c_99", 404, "not_found"),
        ("/v1/identities/user_id/nobody", 404, "not_found"),
        ("/v1/identities/user_id", 404, "not_found"),
        ("/v1/recommendations/c_99", 404, "not_found"),
        ("/v1/features/churn/c_99", 404, "not_found"),
        ("/v1/sessions/device-9", 404, "not_found"),
        ("/v1/recommendations", 400, "id_missing"),
        ("/v1/recommendations?user_id=", 400, "id_missing"),
        ("/v1/nothing/here", 404, "no_such_address"),
        ("/v1/profiles", 404, "no_such_address"),
        ("/v2/profiles/c_1", 404, "no_such_address"),
        ("/", 404, "no_such_address"),
        ("/v1/profiles/%ff%fe", 404, "not_found"),
    ],
)
def test_what_cannot_be_answered_says_why(
    api: httpx.Client, path: str, status: int, code: str
) -> None:
    answer = api.get(path)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert set(answer.json()) == {"code", "message", "fix"}


def test_this_api_is_only_read(api: httpx.Client) -> None:
    assert api.delete("/v1/profiles/c_1").status_code == 405


def test_the_next_page_follows_the_visit(shop: Any, api: httpx.Client) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    events = [
        {"event": "product_viewed", "properties": {"category": "Lamps"}},
        {"event": "product_added", "properties": {"product_id": "p1"}},
    ]
    log = EventLog(shop.settings.event_log_dir, "accepted")
    log.append(
        [
            json.dumps(
                {"type": "track", "anonymousId": "device-7", "receivedAt": now} | one
            ).encode()
            for one in events
        ]
    )
    log.close()
    deadline = time.monotonic() + 60
    while not (found := api.get("/v1/recommendations?anonymous_id=device-7").json())[
        "is_live"
    ]:
        assert time.monotonic() < deadline

    # p1 is in the basket; p3 is the other lamp
    assert [one["product_id"] for one in found["items"]] == ["p3", "p0", "p2"]
    assert api.get("/v1/sessions/device-7").json()["taken"] == ["p1"]


def test_a_store_without_content_is_not_ready(
    start: Callable[..., httpx.Client],
) -> None:
    api = start()

    assert api.get("/health").status_code == 200
    assert api.get("/ready").status_code == 503
    assert api.get("/ready").json()["code"] == "not_published"
    assert api.get("/v1/recommendations?user_id=u").status_code == 503


def test_a_published_change_is_served_at_once(shop: Any, api: httpx.Client) -> None:
    assert api.get("/ready").status_code == 200
    shop.run_sql("update marts.customers set user_id = 'renamed'")
    publish(shop.settings)

    assert api.get("/v1/profiles/c_1").json()["user_id"] == "renamed"
