"""Who is known keeps the customer id, whatever turns up about them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from benchmarks.identity_models import Identity
from tests.warehouse.test_identity_increments import START, small_identity

KINDS = {"a": "anonymous_id", "u": "user_id", "e": "email"}
# Two loads of events, each the identifiers of one; who keeps the id (or has it once
# there); what that id is taken from.
STORIES = {
    "a visitor logs in": (["a:d1"], ["a:d1 u:u1 e:e1@x.org"], "u:u1", "a:d1"),
    "a visitor gives an address": (["a:d1"], ["a:d1 e:e1@x.org"], "e:e1@x.org", "a:d1"),
    "an older device turns out to be theirs": (
        ["a:old", "a:d1 u:u1"],
        ["a:old u:u1"],
        "u:u1",
        "a:d1",
    ),
    "somebody else logs in on their device": (
        ["a:d1 u:u1", "u:u1 e:e1@x.org"],
        ["a:d1 u:u2"],
        "e:e1@x.org",
        "a:d1",
    ),
    "their device becomes a kiosk": (
        ["a:d1 e:e0@x.org"],
        [f"a:d1 e:e{n}@x.org" for n in range(1, 12)],
        "e:e0@x.org",
        "a:d1",
    ),
    "an owner logs in on the device on which they gave an address first": (
        ["a:d1 e:friend@x.org", "u:u1 e:e1@x.org"],
        ["a:d1 u:u1"],
        "e:friend@x.org",
        "a:d1",
    ),
    "two who are known turn out to be one": (
        ["a:d1 u:u1", "a:d2 u:u2 e:e1@x.org"],
        ["u:u1 e:e1@x.org"],
        "u:u1",
        "a:d1",
    ),
    "somebody is known without a device": (
        ["a:d1", "u:u1"],
        ["a:d1 u:u1"],
        "u:u1",
        "u:u1",
    ),
}


def named(word: str) -> tuple[str, str]:
    return KINDS[word[0]], word[2:]


def land(identity: Identity, events: list[str], first_minute: int) -> None:
    landed = identity.moment + timedelta(milliseconds=500)
    for minute, text in enumerate(events, first_minute):
        found = dict(named(word) for word in text.split())
        row = [found.get(kind) for kind in ("anonymous_id", "user_id", "email")]
        identity.connection.execute(
            "insert into intermediate.int_event_identifiers_observed"
            " values ($1, $2, null, $3, $4, $5, $5, null)",
            [*row, START + timedelta(minutes=minute), landed],
        )


def customers(identity: Identity) -> dict[tuple[str, str], str]:
    return {(kind, value): customer for kind, value, customer, _ in identity.people()}


@pytest.mark.parametrize("story", STORIES)
def test_who_is_known_keeps_the_id(story: str) -> None:
    first, then, who, named_by = STORIES[story]
    identity = small_identity()
    land(identity, first, 0)
    identity.build()
    before = customers(identity)
    land(identity, then, 100)
    identity.build()
    after = customers(identity)
    name = ":".join(named(named_by)).encode()
    digest = hashlib.md5(name, usedforsecurity=False).hexdigest()
    assert after[named(who)] == f"c_{digest[:16]}"
    assert before.get(named(who), after[named(who)]) == after[named(who)]
    identity.build(full_refresh=True)
    assert customers(identity) == after


def test_a_device_that_lost_its_name_shares_it_with_nobody() -> None:
    identity = small_identity()
    land(identity, ["a:d1 u:u1", "a:d1 u:u2"], 0)
    identity.build()
    assert len(set(customers(identity).values())) == 3
