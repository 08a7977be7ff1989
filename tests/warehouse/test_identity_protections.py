"""The classic failures of identity, as a table: events in, people out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse, make_warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
NAMES = {"a": "anonymous_id", "u": "user_id", "e": "email"}


@dataclass(frozen=True)
class Case:
    """What was sent, who must come out.

    Attributes:
        events: Each the identifiers of one event, such as ``a:phone u:ann e:a@x.org``.
        people: Each the identifiers of one person; no two people may be one.
        reasons: Reasons of the refused links.
        nobody: Identifiers that must belong to no customer.
    """

    events: tuple[str, ...]
    people: tuple[str, ...]
    reasons: frozenset[str] = frozenset()
    nobody: str = ""


def case(
    *events: str, people: tuple[str, ...], reasons: str = "", nobody: str = ""
) -> Case:
    return Case(events, people, frozenset(reasons.split()), nobody)


VISITORS = tuple(f"u:v{i} a:home{i} e:v{i}@x.org" for i in range(12))
CASES = {
    "a kiosk with twelve addresses": case(
        *(f"a:kiosk e:w{i}@x.org" for i in range(12)),
        people=("a:kiosk", *(f"e:w{i}@x.org" for i in range(12))),
        reasons="shared_anonymous_id",
    ),
    "a kiosk with twelve logins, who have devices at home": case(
        *VISITORS,
        *(f"a:till u:v{i}" for i in range(12)),
        people=("a:till", *VISITORS),
        reasons="shared_anonymous_id",
    ),
    "a store id sent as the login of three hundred": case(
        *(f"a:d{i} u:store12" for i in range(300)),
        people=("u:store12", *(f"a:d{i}" for i in range(300))),
        reasons="shared_user_id",
    ),
    "a store id sent as a login with everybody's address": case(
        *(f"u:store7 e:s{i}@x.org" for i in range(9)),
        "a:counter u:store7",
        people=("u:store7", "a:counter", *(f"e:s{i}@x.org" for i in range(9))),
        reasons="shared_user_id",
    ),
    "a device that is never more than one person's keeps its login": case(
        "a:p u:ann",
        *(f"a:p e:n{i}@x.org" for i in range(4)),
        people=("a:p u:ann", *(f"e:n{i}@x.org" for i in range(4))),
        reasons="shared_anonymous_id",
    ),
    "a family tablet": case(
        "a:tablet u:mum",
        "a:tablet u:dad",
        "a:mums u:mum e:mum@x.org",
        "a:dads u:dad e:dad@x.org",
        people=("a:mums u:mum e:mum@x.org", "a:dads u:dad e:dad@x.org", "a:tablet"),
        reasons="shared_anonymous_id",
    ),
    "a friend subscribes on my device": case(
        "a:mine u:me e:me@x.org",
        "a:mine e:friend@x.org",
        "a:friends e:friend@x.org",
        people=("a:mine u:me e:me@x.org", "a:friends e:friend@x.org"),
        reasons="shared_anonymous_id",
    ),
    "an address of a role behind two logins": case(
        "a:d1 u:u1 e:info@firm.org",
        "a:d2 u:u2 e:info@firm.org",
        people=("a:d1 u:u1", "a:d2 u:u2", "e:info@firm.org"),
        reasons="shared_email",
    ),
    "an address of a role that one login has": case(
        "a:d1 u:u1 e:sales@one.org",
        people=("a:d1 u:u1 e:sales@one.org",),
    ),
    "a mailbox behind six logins": case(
        *(f"u:u{i} e:club@x.org" for i in range(6)),
        people=("e:club@x.org", *(f"u:u{i}" for i in range(6))),
        reasons="shared_email",
    ),
    "an address typed in twice is one person's, whatever its case": case(
        "a:d1 e:Ada@X.org", "a:d2 e:ada@x.org", people=("a:d1 a:d2 e:ada@x.org",)
    ),
    "a login that names nobody leaves the address with the device": case(
        "a:d1 u:undefined e:ann@x.org",
        "a:d2 u:undefined e:bob@x.org",
        people=("a:d1 e:ann@x.org", "a:d2 e:bob@x.org"),
        reasons="blocked_user_id",
    ),
}
NOBODY = (
    "u:null", "u:UNDEFINED", "u:test", "u:test_user12", "u:Testing", "u:guest",
    "u:00000000-0000-0000-0000-000000000000", "u:0000", "u:--", "u:xxxx", "u:999999",
    "u:ffffffff-ffff-ffff-ffff-ffffffffffff", "u:{{user_id}}", "u:${id}", "u:n/a",
    "u:[object-Object]", "u:unknown", "e:test@firm.org", "e:aaa@firm.org", "e:nowhere",
    "e:no-reply@firm.org", "e:test+1@firm.org", "e:null@null.com", "e:a@b", "e:@x.org",
    "u:(null)", "u:[none]", 'u:"null"', "u:n.a.", "u:not_set", "u:0.0", "u:-1", "u:{}",
    'u:{"id":1}', "u:#{user.id}", "u:%USER%", "u:YOUR_USER_ID", "u:anonymousId",
    "u:guest_user", "u:logged-out", "u:9774D56D682E549C", "u:undefined.undefined",
    "u:{00000000-0000-0000-0000-000000000000}", "e:noreply+12@firm.org", "e:no@no.com",
    "e:deleted_user@firm.org", "e:a@firm.org,b@firm.org", "e:ann@firm..org",
)  # fmt: skip
SOMEBODY = (
    "u:7", "u:111", "u:tess", "u:tester-anne", "u:user1", "u:admin", "u:Nullius",
    "u:idris", "u:12345", "u:deletedscenes", "u:{3f2504e0-4f89-11d3-9a0c-0305e82c3301}",
    "e:jo@x.org", "e:testa@x.org", "e:na@x.org", "e:a@b.com", "e:blank@x.org",
)  # fmt: skip
CASES |= {
    f"{value} names nobody": case(
        f"a:d1 {value}",
        f"a:d2 {value}",
        people=("a:d1", "a:d2"),
        reasons="blocked_" + NAMES[value[0]],
        nobody=value,
    )
    for value in NOBODY
}
CASES |= {
    f"{value} names somebody": case(f"a:d1 {value}", people=(f"a:d1 {value}",))
    for value in SOMEBODY
}
VERBATIM = {*NOBODY, *SOMEBODY, "u:undefined"}


def identifiers(text: str, number: int) -> list[tuple[str, str]]:
    """Return kind and value, each made the case's own unless its looks matter."""
    found = []
    for word in text.split():
        value = word[2:]
        if word not in VERBATIM:
            box, at, domain = value.partition("@")
            value = f"{box}{at}c{number}.{domain}" if at else f"{value}.c{number}"
        found.append((NAMES[word[0]], value))
    return found


def sent(number: int, case: Case) -> list[dict[str, Any]]:
    events = []
    for minute, text in enumerate(case.events):
        found = dict(identifiers(text, number))
        email = found.pop("email", None)
        events.append(
            {
                "message_id": f"{number}-{minute}",
                "type": "identify",
                "at": START + timedelta(minutes=minute),
                "traits": {"email": email} if email else {},
                **found,
            }
        )
    return events


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = make_warehouse(tmp_path_factory.mktemp("protections"))
    events = [e for n, c in enumerate(CASES.values()) for e in sent(n, c)]
    made.land(events, START + timedelta(days=5))
    kinds = ("--resource-type", "model", "--resource-type", "seed")
    selection = ("+customer_identifiers", "identity_refused_edges")
    made.dbt("build", *kinds, "--select", *selection)
    return made


@pytest.fixture(scope="module")
def customers(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    rows = warehouse.rows(
        "select identifier_type, lower(identifier_value), customer_id"
        " from marts.customer_identifiers"
    )
    return {(kind, value): customer for kind, value, customer in rows}


@pytest.mark.parametrize("name", CASES)
def test_the_people_are_those_who_were_there(
    name: str, customers: dict[tuple[str, str], str]
) -> None:
    number, case = list(CASES).index(name), CASES[name]
    people = [
        {customers[kind, v.lower()] for kind, v in identifiers(text, number)}
        for text in case.people
    ]
    assert all(len(person) == 1 for person in people), people
    assert len(set.union(*people)) == len(people), "two people became one"
    for kind, value in identifiers(case.nobody, number):
        assert (kind, value.lower()) not in customers


@pytest.mark.parametrize("name", CASES)
def test_every_refusal_says_why(name: str, warehouse: Warehouse) -> None:
    number, case = list(CASES).index(name), CASES[name]
    own = {v.lower() for text in case.events for _, v in identifiers(text, number)}
    rows = warehouse.rows(
        "select left_value, right_value, refusal_reason,"
        " refusal_explanation is not null from marts.identity_refused_edges"
    )
    found = {(r[2], r[3]) for r in rows if r[0].lower() in own and r[1].lower() in own}
    assert found == {(reason, True) for reason in case.reasons}
