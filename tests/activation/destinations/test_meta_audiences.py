from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from activation.destinations.delivery import deliver_patiently
from activation.destinations.hashing import sha256
from activation.destinations.meta import Meta
from activation.destinations.meta_audiences import CustomAudience
from activation.destinations.outcome import Status
from cdp.errors import Misconfigured, Rejected

ADA = {"external_id": "u1", "email": "Ada@Example.com", "first_name": "Ada"}
BOB = {"EMAIL": "bob@example.com", "PHONE": "+44 7911 123456", "plan": "pro"}


@pytest.fixture
def ours(tool: Any) -> Iterator[CustomAudience]:
    opened = CustomAudience({"url": tool.url, "access_token": "t"}, "23842")
    yield opened
    opened.close()


@pytest.mark.parametrize(("verb", "method"), [("add", "POST"), ("remove", "DELETE")])
def test_people_come_and_go_by_hashes(
    tool: Any, ours: CustomAudience, verb: str, method: str
) -> None:
    prepare = ours.prepare if verb == "add" else ours.prepare_removal
    tool.answers_with(200, {"num_received": 2, "num_invalid_entries": 0})

    outcomes = ours.deliver([prepare(ADA), prepare(BOB)])

    assert [one.status for one in outcomes] == [Status.DELIVERED] * 2
    (seen,) = tool.seen
    assert (seen.method, seen.path) == (method, "/v26.0/23842/users")
    assert seen.json["payload"] == {
        "schema": ["EXTERN_ID", "EMAIL", "FN", "PHONE"],
        "data": [
            [sha256("u1"), sha256("ada@example.com"), sha256("ada"), ""],
            ["", sha256("bob@example.com"), "", sha256("447911123456")],
        ],
    }
    assert seen.json["session"]["estimated_num_total"] == 2
    assert ours.limits.records == 10_000


def test_a_birthday_is_told_in_two_digits(ours: CustomAudience) -> None:
    person = {"email": "ada@example.com", "birth_year": 1815, "birth_month": 2}
    request = ours.request([ours.prepare(person | {"birth_day": "07"})])

    payload = json.loads(request.content)["payload"]

    told = dict(zip(payload["schema"], payload["data"][0], strict=True))
    assert (told["DOBY"], told["DOBM"]) == (sha256("1815"), sha256("02"))
    assert told["DOBD"] == sha256("07")


def test_the_row_at_fault_is_found(tool: Any, ours: CustomAudience, hasty: Any) -> None:
    tool.answers_with(200, {"num_received": 2, "num_invalid_entries": 1})
    tool.answers_with(200, {"num_received": 1, "num_invalid_entries": 0})
    tool.answers_with(200, {"num_received": 1, "num_invalid_entries": 1})

    outcomes = deliver_patiently(ours, [ours.prepare(ADA), ours.prepare(BOB)], hasty)

    assert [one.status for one in outcomes] == [Status.DELIVERED, Status.REJECTED]


def test_nobody_and_no_audience_are_refused(ours: CustomAudience) -> None:
    with pytest.raises(Rejected, match="needs one of"):
        ours.prepare({"first_name": "Ada", "email": ""})
    with pytest.raises(Misconfigured, match="needs an audience"):
        CustomAudience({"access_token": "t"}, "")


def test_events_without_a_dataset_are_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="needs the dataset"):
        Meta({"access_token": "t"})
