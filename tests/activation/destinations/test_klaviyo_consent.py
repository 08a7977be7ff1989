from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.delivery import deliver_patiently
from activation.destinations.klaviyo import Klaviyo
from activation.destinations.klaviyo_api import Account
from activation.destinations.outcome import Status

ADDRESS = "https://a.klaviyo.com"
DONE = {"data": {"id": "j1", "attributes": {"status": "complete"}}}


@pytest.mark.parametrize(
    ("row", "lane"),
    [
        ({"email": "a@x.example", "subscribed": True}, "consent"),
        ({"email": "a@x.example", "subscribed": False}, ""),
        ({"external_id": "u1", "subscribed": True}, ""),
    ],
)
def test_only_a_subscribed_address_has_consent(row: dict[str, Any], lane: str) -> None:
    section = {"url": ADDRESS, "api_key": "key", "list_id": "L1", "gives_consent": True}
    ours = Klaviyo(section)
    item = ours.prepare(row)
    ours.close()

    assert item.lane == lane


def test_a_rows_consent_follows_its_import(tool: Any) -> None:
    done = {"id": "j1", "attributes": {"status": "complete", "failed_count": 1}}
    pointer = {"pointer": "/data/attributes/profiles/data/1"}
    failed = {"attributes": {"detail": "odd", "source": pointer}}
    tool.answers_with(202, {"data": done})
    tool.answers_with(200, {"data": [failed]})
    tool.answers_with(202, {})
    section = {"url": tool.url, "api_key": "key", "list_id": "L1"}
    ours = Klaviyo({**section, "gives_consent": True})
    rows = [{"email": f"p{n}@x.example", "subscribed": True} for n in range(3)]
    outcomes = ours.deliver([ours.prepare(row) for row in rows])
    ours.close()

    assert [one.status for one in outcomes] == [
        *(Status.DELIVERED, Status.REJECTED, Status.DELIVERED)
    ]
    started, _, consent = tool.seen
    assert "relationships" not in started.json["data"]
    assert consent.path == "/api/profile-subscription-bulk-create-jobs"
    profiles = consent.json["data"]["attributes"]["profiles"]["data"]
    assert [one["attributes"]["email"] for one in profiles] == [
        *("p0@x.example", "p2@x.example")
    ]


def test_consent_that_was_refused_is_asked_for_again(tool: Any, hasty: Any) -> None:
    """The import goes again with it: twice is as once."""
    for status, body in ((202, DONE), (503, {}), (202, DONE), (202, {})):
        tool.answers_with(status, body)
    section = {"url": tool.url, "api_key": "key", "list_id": "L1"}
    ours = Klaviyo({**section, "gives_consent": True})
    item = ours.prepare({"email": "a@x.example", "subscribed": True})
    (outcome,) = deliver_patiently(ours, [item], hasty)
    ours.close()

    assert (outcome.status, outcome.attempt) == (Status.DELIVERED, 2)
    assert [one.path.split("-")[1] for one in tool.seen] == [
        *("bulk", "subscription", "bulk", "subscription")
    ]


def test_consent_is_written_as_the_vendor_documents_it(
    validates: Callable[..., None],
) -> None:
    request = Account({"api_key": "key"}).subscription(["a@x.example"], "L1")

    path = request.url.removeprefix(ADDRESS)
    validates(request, "klaviyo.profiles.json", server=ADDRESS, path=path)
