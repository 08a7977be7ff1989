"""An audience is a mirror: who enters is added, who leaves is taken off, by hashes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from activation.sync import plan_syncs
from tests.activation.syncs.test_modes import Hook
from tests.activation.syncs.test_plan import invoke


def members_in_meta(shop: Any) -> set[str]:
    return {str(one["EMAIL"]) for one in shop.taken("meta", "users") if one["member"]}


def members_in_google(shop: Any) -> set[str]:
    return {
        str(one["create"]["userIdentifiers"][0]["hashedEmail"])
        for one in shop.taken("google_ads", "members")
        if "create" in one
    }


AUDIENCES = {
    "meta": ("META_AUDIENCE_ID", members_in_meta),
    "google_ads": ("GOOGLE_ADS_USER_LIST_ID", members_in_google),
}


def hashes(*numbers: int) -> set[str]:
    return {
        hashlib.sha256(f"person{number}@shop.example".encode()).hexdigest()
        for number in numbers
    }


@pytest.mark.parametrize("tool", AUDIENCES)
def test_an_audience_has_who_is_in_the_model_under_their_present_address(
    shop: Any, tool: str
) -> None:
    name, members = AUDIENCES[tool]
    shop.build(4)
    shop.declare(
        destination=tool,
        object=shop.environment[name],
        mode="mirror",
        mapping={"email": "email"},
    )
    shop.run()
    first = members(shop)
    shop.change("customer_id = 'c_1'", "email = 'person9@shop.example'")
    shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")
    result = shop.run(has_consent=True)
    shop.run()

    assert first == hashes(0, 1, 2, 3)
    assert (result.updated_count, result.deleted_count) == (1, 1)
    assert members(shop) == hashes(0, 3, 9)
    assert shop.counts(tool)["duplicates"] == 0


@pytest.mark.parametrize("tool", AUDIENCES)
def test_a_plan_shows_the_removal_and_the_addition_of_a_changed_address(
    shop: Any, monkeypatch: Any, tool: str
) -> None:
    shop.declare(
        destination=tool,
        object=shop.environment[AUDIENCES[tool][0]],
        mode="mirror",
        mapping={"email": "email"},
    )
    shop.run()
    shop.change("customer_id = 'c_1'", "email = 'person9@shop.example'")

    planned = invoke(shop, monkeypatch, "plan", "crm").output

    old, new = (
        next(line for line in planned.splitlines() if line.startswith(f"    {word}: "))
        for word in ("first taken off", "then added")
    )
    assert "old_lane" not in planned
    assert hashes(1).pop() in old
    assert hashes(9).pop() in new
    assert ", under a minute\n" in planned


@pytest.mark.parametrize("tool", AUDIENCES)
def test_a_plan_counts_the_requests_that_a_run_makes(shop: Any, tool: str) -> None:
    shop.declare(
        destination=tool,
        object=shop.environment[AUDIENCES[tool][0]],
        mode="mirror",
        mapping={"email": "email"},
        guards={},
    )
    shop.run()
    shop.change("customer_id in ('c_1', 'c_3')", "email = '9' || email")
    shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")
    [planned] = plan_syncs(shop.settings)
    before = shop.counts(tool)["requests"]
    shop.run()
    # Google's token is asked for besides
    made = shop.counts(tool)["requests"] - before - (tool == "google_ads")

    assert planned.calls == made


@pytest.mark.parametrize("tool", AUDIENCES)
def test_who_comes_back_under_another_key_stays_a_member(shop: Any, tool: str) -> None:
    name, members = AUDIENCES[tool]
    shop.build(4)
    shop.declare(
        destination=tool,
        object=shop.environment[name],
        mode="mirror",
        mapping={"email": "email"},
        guards={},
    )
    # c_2 and c_3 are two records of one person; c_1 is merged into c_9
    shop.change("customer_id = 'c_3'", "email = 'person2@shop.example'")
    shop.run()
    shop.change("customer_id = 'c_1'", "customer_id = 'c_9'")
    shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_3'")
    result = shop.run()
    again = shop.run()

    assert (result.created_count, result.deleted_count) == (1, 0)
    assert members(shop) == hashes(0, 1, 2)
    assert (again.unchanged_count, again.gone_count) == (3, 0)


def test_a_contact_that_is_matched_by_its_address_is_not_deleted_by_it(
    shop: Any, tool: Any
) -> None:
    hook = Hook(shop, tool)
    hook.declare(mode="mirror", mapping={"e": "email"}, external_id_field="e")
    hook.run()
    hook.sent()
    shop.change("customer_id = 'c_1'", "customer_id = 'c_88', email = upper(email)")
    shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")
    hook.run()

    assert hook.sent() == [
        ("delete", "person2@shop.example"),
        ("upsert", "PERSON1@SHOP.EXAMPLE"),
    ]
