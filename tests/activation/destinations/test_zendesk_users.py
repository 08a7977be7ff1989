from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.outcome import Outcome, Status
from activation.destinations.presence import ABSENT, present
from activation.destinations.zendesk import ZendeskUsers
from cdp.errors import Misconfigured, Rejected

DELIVERED = Outcome(Status.DELIVERED, http_status=200)
ROWS = [{"external_id": f"U{number}", "name": "Ada"} for number in range(3)]


def section(tool: Any) -> dict[str, Any]:
    return {"url": tool.url, "email": "agent@shop.example", "api_token": "secret"}


def job(*results: dict[str, Any]) -> dict[str, Any]:
    return {"job_status": {"id": "j1", "status": "completed", "results": results}}


def test_users_whom_it_has_are_changed_and_nobody_is_made(tool: Any) -> None:
    tool.answers_with(200, {"users": [{"id": 7, "external_id": "u1"}]})
    tool.answers_with(200, job({"status": "Updated", "id": 7}))
    users = ZendeskUsers(section(tool))

    outcomes = users.deliver([users.prepare_update(row) for row in ROWS])
    users.close()

    asked, sent = tool.seen
    assert (asked.method, asked.path) == ("GET", "/api/v2/users/show_many")
    assert asked.query == {"external_ids": "U0,U1,U2"}
    assert sent.path == "/api/v2/users/create_or_update_many"
    assert [one["external_id"] for one in sent.json["users"]] == ["U1"]
    assert outcomes == [ABSENT, DELIVERED, ABSENT]


def test_users_whom_it_lacks_are_made_and_nobody_is_changed(tool: Any) -> None:
    tool.answers_with(200, {"users": [{"id": 7, "external_id": "u1"}]})
    failed = {"error": "UserCreateError", "details": "Email: taken", "index": 1}
    tool.answers_with(200, job({"status": "Created", "id": 8}, failed))
    users = ZendeskUsers(section(tool))

    outcomes = users.deliver([users.prepare_creation(row) for row in ROWS])
    users.close()

    assert tool.seen[1].path == "/api/v2/users/create_many"
    sent = [one["external_id"] for one in tool.seen[1].json["users"]]
    assert sent == ["U0", "U2"]
    assert outcomes[:2] == [DELIVERED, present()]
    assert outcomes[1].remote_id == "7"
    assert outcomes[2].status is Status.REJECTED


def test_nobody_is_asked_for_by_what_zendesk_cannot_be_asked_for(tool: Any) -> None:
    users = ZendeskUsers(section(tool))
    by_address = ZendeskUsers(section(tool), "users", "email")

    with pytest.raises(Rejected, match="comma"):
        users.prepare_update({"external_id": "a,b"})
    users.check_asking()
    with pytest.raises(Misconfigured, match="by email"):
        by_address.check_asking()
    users.close()
    by_address.close()


def test_what_users_have_in_some_fields_can_be_read_by_external_id(tool: Any) -> None:
    user = {"id": 7, "external_id": "u1", "notes": "", "user_fields": {"tier": "gold"}}
    tool.answers_with(200, {"users": [user]})
    users = ZendeskUsers(section(tool))
    by_address = ZendeskUsers(section(tool), "users", "email")
    fields = ("notes", "user_fields.tier")

    found = users.read_fields(ROWS, fields)
    unread = by_address.read_fields([{"email": "a@x.example"}], fields)
    users.close()
    by_address.close()

    nothing = dict.fromkeys(fields)
    assert found == [nothing, {**nothing, "user_fields.tier": "gold"}, nothing]
    assert unread == [nothing]
    assert len(tool.seen) == 1
