from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.mixpanel import Mixpanel, MixpanelProfiles
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {
    "url": "https://api.mixpanel.com",
    "project_id": "1",
    "service_account": "account",
    "service_secret": "secret",
    "token": "t1",
}
WHOM = {"$token": "t1", "$distinct_id": "u1", "$ip": "0"}
USER = {"userId": "u1", "context": {}}
MERGED = {
    "event": "$merge",
    "properties": {"$distinct_ids": ["u1", "u0"], "token": "t1"},
}


def translated(event: dict[str, Any], **settings: Any) -> list[tuple[str, Any]]:
    ours = Mixpanel({**SECTION, **settings})
    before = copy.deepcopy(event)
    found = [(payload.lane, payload.body) for payload in ours.translate(event)]
    ours.close()
    assert event == before
    return [one for one in found if one[0]]


@pytest.mark.parametrize(
    ("fields", "settings", "expected"),
    [
        (
            {"type": "identify", "traits": {"firstName": "Ada", "tier": "gold"}},
            {},
            [("engage", {**WHOM, "$set": {"$first_name": "Ada", "tier": "gold"}})],
        ),
        (
            {"type": "identify", "traits": {"a": 1, "b": 2, "c": 3}},
            {"set_once": ["a"], "union": ["b"], "append": ["c"]},
            [
                ("engage", {**WHOM, "$set_once": {"a": 1}}),
                ("engage", {**WHOM, "$union": {"b": [2]}}),
                ("engage", {**WHOM, "$append": {"c": 3}}),
            ],
        ),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "ACME"}},
            {"groups": ["company"]},
            [
                ("engage", {**WHOM, "$set": {"company": ["g1"]}}),
                (
                    "groups",
                    {
                        "$token": "t1",
                        "$group_key": "company",
                        "$group_id": "g1",
                        "$set": {"name": "ACME", "company": "g1"},
                    },
                ),
            ],
        ),
        ({"type": "identify", "traits": {"a": 1}}, {"token": ""}, []),
        ({"type": "alias", "previousId": "u0"}, {}, []),
        (
            {"type": "alias", "previousId": "u0"},
            {"identity": "original"},
            [("merge", MERGED)],
        ),
    ],
)
def test_traits_change_profiles_as_the_settings_say(
    event: Make,
    fields: dict[str, Any],
    settings: dict[str, Any],
    expected: list[tuple[str, Any]],
) -> None:
    assert translated(event(**USER, **fields), **settings) == expected


@pytest.mark.parametrize(
    ("fields", "settings", "file", "path"),
    [
        (
            {"type": "identify", "traits": {"a": 1}},
            {},
            "ingestion",
            "/engage#profile-set",
        ),
        (
            {"type": "identify", "traits": {"a": "1"}},
            {"union": ["a"]},
            "ingestion",
            "/engage#profile-union",
        ),
        ({"type": "group", "groupId": "g"}, {}, "ingestion", "/groups#group-set"),
        (
            {"type": "alias", "previousId": "u0"},
            {"identity": "original"},
            "identity",
            "/import",
        ),
    ],
)
def test_requests_keep_to_the_vendors_documents(
    event: Make,
    validates: Callable[..., None],
    fields: dict[str, Any],
    settings: dict[str, Any],
    file: str,
    path: str,
) -> None:
    ours = Mixpanel({**SECTION, "groups": ["company"], **settings})
    payload = ours.translate(event(**USER, **fields))[-1]

    request = ours.request([payload.encoded()])
    ours.close()

    validates(request, f"mixpanel.{file}.yaml", server=SECTION["url"], path=path)


@pytest.mark.parametrize(
    ("name", "expected"), [("Home", "Viewed Home Page"), (None, "Viewed Page")]
)
def test_a_page_is_called_as_the_settings_say(
    event: Make, name: str | None, expected: str
) -> None:
    ours = Mixpanel({**SECTION, "page_event": "Viewed {name} Page"})
    (payload,) = ours.translate(event(type="page", name=name))
    ours.close()

    assert payload.body["event"] == expected


def test_updates_are_taken_or_refused_together(event: Make, tool: Any) -> None:
    tool.answers_with(200, {"status": 1, "error": None})
    tool.answers_with(200, {"status": 0, "error": "a@x.example: bad"})
    ours = Mixpanel({**SECTION, "url": tool.url})
    made = event(type="identify", traits={"a": 1}, **USER)
    items = [p.encoded() for p in ours.translate(made) if p.lane == "engage"]

    assert ours.deliver(items)[0].status is Status.DELIVERED
    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items)
    ours.close()

    assert refusal.value.outcome.status is Status.REJECTED
    assert refusal.value.outcome.reason == "HTTP 200: […] bad"
    assert (tool.seen[0].path, tool.seen[0].query) == ("/engage", {"verbose": "1"})


def test_a_row_is_a_profile_and_can_leave(workspace: Any) -> None:
    section = workspace.settings.section("destinations.mixpanel") | {"token": "t1"}
    people = MixpanelProfiles(section, "users", "user_id")
    companies = MixpanelProfiles(section, "company", "id")

    people.deliver([people.prepare({"user_id": 7, "tier": "gold"})])
    people.deliver([people.prepare_removal({"user_id": 7})])
    companies.deliver([companies.prepare({"id": "g1", "size": 3})])
    people.close()
    companies.close()

    taken = workspace.taken("mixpanel", "profiles")
    assert {str(one.get("$set")) for one in taken} == {"{'tier': 'gold'}", "None"}
    assert len(taken) == 2
    assert workspace.taken("mixpanel", "groups")[0]["$group_id"] == "g1"
    with pytest.raises(Rejected):
        people.prepare({"tier": "gold"})
    with pytest.raises(Misconfigured):
        MixpanelProfiles({**section, "token": ""})
