"""Identity on whole warehouses: who is linked is one person, and stays so."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse, make_warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
CHAIN_LINKS = 1000
Ids = dict[tuple[str, str], str]


def event(minute: int, **fields: Any) -> dict[str, Any]:
    at = START + timedelta(minutes=minute)
    return {"message_id": f"{minute}-{fields}", "at": at, **fields}


def alias(minute: int, previous_id: str, user_id: str) -> dict[str, Any]:
    return event(minute, type="alias", previous_id=previous_id, user_id=user_id)


def chain() -> list[dict[str, Any]]:
    """Logins, each of which took over the one before."""
    return [alias(i, f"chain{i}", f"chain{i + 1}") for i in range(CHAIN_LINKS)]


def strangers_and_traps() -> list[dict[str, Any]]:
    kiosk = [
        event(2000 + i, anonymous_id="kiosk", user_id=f"visitor{i}") for i in range(3)
    ]
    homes = [
        event(2100 + i, anonymous_id=f"home{i}", user_id=f"visitor{i}")
        for i in range(3)
    ]
    nobody = [
        event(2200 + i, anonymous_id=f"lost{i}", user_id="undefined") for i in range(3)
    ]
    return kiosk + homes + nobody


def two_who_are_one() -> list[dict[str, Any]]:
    return [
        event(3000, anonymous_id="phone", user_id="ada"),
        event(3001, type="identify", user_id="ada", traits={"email": " Ada@X.org "}),
        event(2900, anonymous_id="laptop", type="page"),
    ]


def the_link_between() -> list[dict[str, Any]]:
    return [
        event(
            4000, type="identify", anonymous_id="laptop", traits={"email": "ada@x.org"}
        )
    ]


@dataclass(frozen=True)
class Resolved:
    """The customer of every identifier, before and after a later load."""

    before: Ids
    after: Ids
    warehouse: Warehouse


def customers(warehouse: Warehouse) -> Ids:
    rows = warehouse.rows(
        "select identifier_type, identifier_value, customer_id"
        " from marts.customer_identifiers"
    )
    return {(kind, value): customer for kind, value, customer in rows}


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    folder: Path = tmp_path_factory.mktemp("identity")
    warehouse = make_warehouse(folder)
    first = chain() + strangers_and_traps() + two_who_are_one()
    random.Random(3).shuffle(first)
    warehouse.land(first, START + timedelta(days=5))
    selection = ("+customer_identifiers", "identity_refused_edges")
    warehouse.dbt(
        "build",
        "--resource-type",
        "model",
        "--resource-type",
        "seed",
        "--select",
        *selection,
    )
    before = customers(warehouse)
    warehouse.land(the_link_between(), START + timedelta(days=6))
    warehouse.dbt(
        "build",
        "--resource-type",
        "model",
        "--resource-type",
        "seed",
        "--select",
        *selection,
    )
    return Resolved(before, customers(warehouse), warehouse)


def test_a_chain_of_a_thousand_links_in_any_order_is_one_person(
    resolved: Resolved,
) -> None:
    ids = {resolved.before["user_id", f"chain{i}"] for i in range(CHAIN_LINKS + 1)}
    assert len(ids) == 1


def test_a_kiosk_belongs_to_none_of_those_who_use_it(resolved: Resolved) -> None:
    visitors = {resolved.before["user_id", f"visitor{i}"] for i in range(3)}
    assert len(visitors) == 3
    assert resolved.before["anonymous_id", "kiosk"] not in visitors


def test_what_people_do_at_home_is_theirs_although_they_use_a_kiosk(
    resolved: Resolved,
) -> None:
    for i in range(3):
        at_home = resolved.before["anonymous_id", f"home{i}"]
        assert at_home == resolved.before["user_id", f"visitor{i}"]


def test_a_login_that_names_nobody_joins_nobody(resolved: Resolved) -> None:
    lost = {resolved.before["anonymous_id", f"lost{i}"] for i in range(3)}
    assert len(lost) == 3
    assert ("user_id", "undefined") not in resolved.before


def test_refused_links_say_why(resolved: Resolved) -> None:
    reasons = dict(
        resolved.warehouse.rows(
            "select refusal_reason, count(*) from marts.identity_refused_edges"
            " group by refusal_reason"
        )
    )
    assert reasons == {"shared_anonymous_id": 3, "blocked_user_id": 3}


def test_spellings_of_one_address_are_one_address(resolved: Resolved) -> None:
    assert ("email", "ada@x.org") in resolved.before


def test_when_two_turn_out_to_be_one_the_older_id_stays(resolved: Resolved) -> None:
    laptop = resolved.before["anonymous_id", "laptop"]
    assert laptop != resolved.before["user_id", "ada"]
    ada = {
        resolved.after[identifier]
        for identifier in (
            ("anonymous_id", "laptop"),
            ("anonymous_id", "phone"),
            ("user_id", "ada"),
            ("email", "ada@x.org"),
        )
    }
    assert ada == {laptop}


def test_everybody_else_keeps_their_id(resolved: Resolved) -> None:
    ada = resolved.before["user_id", "ada"]
    kept = {key: value for key, value in resolved.before.items() if value != ada}
    assert {key: resolved.after[key] for key in kept} == kept
