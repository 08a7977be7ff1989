"""An audience is a mirror: who enters is added, who leaves is taken off, by hashes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest


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
