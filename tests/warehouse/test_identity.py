"""Identity on whole warehouses: who is linked is one person, and stays so."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
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
    """The customer of every identifier, as builds went by.

    Attributes:
        before: After the first load.
        after: After a later load with a link between two people.
        parted: After that link was cut again.
        history_sizes: Rows of the history after the second build and an equal third.
    """

    before: Ids
    after: Ids
    parted: Ids
    history_sizes: tuple[int, int]
    warehouse: Warehouse


def customers(warehouse: Warehouse) -> Ids:
    rows = warehouse.rows(
        "select identifier_type, identifier_value, customer_id"
        " from marts.customer_identifiers"
    )
    return {(kind, value): customer for kind, value, customer in rows}


def history_size(warehouse: Warehouse) -> int:
    ((count,),) = warehouse.rows("select count(*) from marts.customer_id_changes")
    ((rows,),) = warehouse.rows(
        "select count(*) from marts.customer_identifier_history"
    )
    return int(count) + int(rows)


def cut(warehouse: Warehouse, *link: str) -> None:
    """Put a row into the seeded table, as `cdp identity unlink` does into the seed."""
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(
            "insert into seeds.identity_cut_links values (?, ?, ?, ?, 'a mistake')",
            list(link),
        )


BUILD = ("run", "--select")
EVERYTHING = ("+customer_id_changes", "identity_refused_edges")
AFTER_CLAIMS = ("int_links_in_question+,+customer_id_changes", "identity_refused_edges")


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    folder: Path = tmp_path_factory.mktemp("identity")
    warehouse = make_warehouse(folder)
    first = chain() + strangers_and_traps() + two_who_are_one()
    random.Random(3).shuffle(first)
    warehouse.land(first, START + timedelta(days=5))
    warehouse.dbt("seed", "--select", "identity_*")
    warehouse.dbt(*BUILD, *EVERYTHING)
    before = customers(warehouse)
    late = event(-600, anonymous_id="phone", type="page")
    warehouse.land([*the_link_between(), late], START + timedelta(days=6))
    warehouse.dbt(*BUILD, *EVERYTHING)
    after, size = customers(warehouse), history_size(warehouse)
    warehouse.dbt(*BUILD, *AFTER_CLAIMS, "--full-refresh")
    sizes = (size, history_size(warehouse))
    cut(warehouse, "email", "ada@x.org", "anonymous_id", "laptop")
    warehouse.dbt(*BUILD, *AFTER_CLAIMS)
    return Resolved(before, after, customers(warehouse), sizes, warehouse)


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
    assert reasons == {
        "shared_anonymous_id": 3,
        "blocked_user_id": 3,
        "cut_by_hand": 1,
    }


def test_spellings_of_one_address_are_one_address(resolved: Resolved) -> None:
    assert ("email", "ada@x.org") in resolved.before


def test_when_two_turn_out_to_be_one_the_id_of_who_is_known_stays(
    resolved: Resolved,
) -> None:
    laptop, ada = ("anonymous_id", "laptop"), ("user_id", "ada")
    assert resolved.before[laptop] != resolved.before[ada]
    people = {
        resolved.after[identifier]
        for identifier in (
            laptop,
            ("anonymous_id", "phone"),
            ada,
            ("email", "ada@x.org"),
        )
    }
    assert people == {resolved.before[ada]}


def test_everybody_else_keeps_their_id(resolved: Resolved) -> None:
    kept = resolved.before.copy()
    del kept["anonymous_id", "laptop"]
    assert {key: resolved.after[key] for key in kept} == kept


def test_a_build_with_nothing_new_adds_nothing_to_the_history(
    resolved: Resolved,
) -> None:
    assert resolved.history_sizes[0] == resolved.history_sizes[1]


def test_a_cut_link_splits_the_person_by_the_same_rule(resolved: Resolved) -> None:
    assert resolved.parted == resolved.before


def test_the_history_says_who_an_identifier_was(resolved: Resolved) -> None:
    rows = resolved.warehouse.rows(
        "select customer_id, reason, valid_to is null"
        " from marts.customer_identifier_history"
        " where identifier_type = 'anonymous_id' and identifier_value = 'laptop'"
        " order by valid_from"
    )
    ada, laptop = (
        resolved.before["user_id", "ada"],
        resolved.before["anonymous_id", "laptop"],
    )
    assert rows == [
        (laptop, "first_seen", False),
        (ada, "merged", False),
        (laptop, "split", True),
    ]


def test_the_history_has_neither_gaps_nor_overlaps(resolved: Resolved) -> None:
    broken = resolved.warehouse.rows(
        "select * from marts.customer_identifier_history"
        " qualify valid_to <= valid_from or valid_to is distinct from lead(valid_from)"
        " over (partition by identifier_type, identifier_value order by valid_from)"
    )
    assert broken == []


def test_the_history_begins_with_the_first_event_though_it_came_late(
    resolved: Resolved,
) -> None:
    ((valid_from,),) = resolved.warehouse.rows(
        "select valid_from from marts.customer_identifier_history"
        " where identifier_type = 'anonymous_id' and identifier_value = 'phone'"
    )
    assert valid_from == (START - timedelta(minutes=600)).replace(tzinfo=None)


def test_an_id_that_went_away_can_be_followed(resolved: Resolved) -> None:
    rows = resolved.warehouse.rows(
        "select old_customer_id, new_customer_id, reason, current_customer_id,"
        " identifier_count, is_old_id_gone"
        " from marts.customer_id_changes order by changed_at"
    )
    ada, laptop = (
        resolved.before["user_id", "ada"],
        resolved.before["anonymous_id", "laptop"],
    )
    assert rows == [
        (laptop, ada, "merged", laptop, 1, False),
        (ada, laptop, "split", laptop, 1, False),
    ]
