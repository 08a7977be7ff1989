from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.zendesk import Zendesk, ZendeskUsers
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]


def section(tool: Any) -> dict[str, Any]:
    return {"url": tool.url, "email": "agent@shop.example", "api_token": "secret"}


def job(status: str, *results: dict[str, Any]) -> dict[str, Any]:
    return {"job_status": {"id": "j1", "status": status, "results": list(results)}}


FAILED = {
    "id": 1,
    "status": "Failed",
    "error": "UserUpdateError",
    "details": "Email: bad@x.example_ is not properly formatted",
}
PEOPLE: list[tuple[str, dict[str, Any]]] = [
    ("u1", {"name": "Ada"}),
    ("u2", {"email": "bad@x.example_"}),
    ("u1", {"phone": "+15550100"}),
]


def identified(zendesk: Zendesk, event: Make) -> list[Any]:
    return [
        payload.encoded()
        for user, traits in PEOPLE
        for payload in zendesk.translate(
            event(type="identify", userId=user, traits=traits)
        )
    ]


def test_users_go_together_and_each_has_the_jobs_verdict(
    event: Make, tool: Any
) -> None:
    tool.answers_with(200, job("queued"))
    tool.answers_with(200, job("working"))
    tool.answers_with(200, job("completed", {"status": "Created", "id": 7}, FAILED))
    waits: list[float] = []
    zendesk = Zendesk(section(tool), sleep=waits.append)
    items = identified(zendesk, event)

    outcomes = zendesk.deliver(items)
    zendesk.close()

    posted, *polled = tool.seen
    assert posted.path == "/api/v2/users/create_or_update_many"
    assert posted.json["users"] == [
        {
            "name": "Ada",
            "phone": "+15550100",
            "external_id": "u1",
            "skip_verify_email": True,
        },
        {"email": "bad@x.example_", "external_id": "u2", "skip_verify_email": True},
    ]
    assert [one.path for one in polled] == ["/api/v2/job_statuses/j1"] * 2
    assert len(waits) == 2
    statuses = [one.status for one in outcomes]
    assert statuses == [Status.DELIVERED, Status.REJECTED, Status.DELIVERED]
    assert "properly formatted" in outcomes[1].reason
    assert "x.example" not in outcomes[1].reason


@pytest.mark.parametrize(
    "answers",
    [
        [job("failed")],
        [job("killed")],
        [job("completed")],
        [job("completed", {"status": "Created"}, {"status": "Created"})],
        [{"surprise": 1}],
        [job("queued"), {"surprise": 1}],
    ],
)
def test_a_job_without_a_verdict_is_tried_again(
    tool: Any, answers: list[dict[str, Any]]
) -> None:
    for answer in answers:
        tool.answers_with(200, answer)
    users = ZendeskUsers(section(tool), sleep=lambda _: None)

    with pytest.raises(NotTaken) as refusal:
        users.deliver([users.prepare({"external_id": "u1"})])
    users.close()

    assert refusal.value.outcome.status is Status.RETRY


def test_a_job_that_never_ends_is_left(tool: Any) -> None:
    tool.usually_answers(200, job("working"))
    users = ZendeskUsers(section(tool), sleep=lambda _: None)

    with pytest.raises(NotTaken, match="not ended"):
        users.deliver([users.prepare({"external_id": "u1"})])
    users.close()


def test_rows_are_users(tool: Any) -> None:
    tool.answers_with(200, job("completed", {"status": "Updated"}))
    users = ZendeskUsers(section(tool), "users", "email")

    item = users.prepare(
        {"email": "a@x.example", "name": "Ada", "user_fields.tier": "gold"}
    )
    outcomes = users.deliver([item])
    users.close()

    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)]
    assert tool.seen[0].json["users"] == [
        {
            "skip_verify_email": True,
            "email": "a@x.example",
            "name": "Ada",
            "user_fields": {"tier": "gold"},
        }
    ]


def test_rows_need_what_zendesk_matches_by(tool: Any) -> None:
    users = ZendeskUsers(section(tool))
    with pytest.raises(Rejected, match="external_id"):
        users.prepare({"email": "a@x.example"})
    users.close()
    with pytest.raises(Misconfigured, match="phone"):
        ZendeskUsers(section(tool), "users", "phone")
