"""Identity grown an increment at a time is identity built from nothing."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from benchmarks.identity_models import Identity

START = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
DEVICES = ["undefined", *(f"d{number}" for number in range(12))]
LOGINS = ["null", "d1", *(f"u{number}" for number in range(8))]
EMAILS = ["info@x.org", "test@x.org", *(f"e{number}@x.org" for number in range(9))]
CHAIN_LINKS = 1000


def small_identity() -> Identity:
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    return Identity(connection)


def maybe(chance: random.Random, values: list[str], share: float) -> str | None:
    return chance.choice(values) if chance.random() < share else None


def sightings(chance: random.Random, count: int) -> list[tuple[Any, ...]]:
    """What events carried: any mixture, in no order of time, some of it again."""
    rows = []
    for _ in range(count):
        login = maybe(chance, LOGINS, 0.7)
        previous = maybe(chance, [*LOGINS, "d3", "d9"], 0.3) if login else None
        at = START + timedelta(minutes=chance.randrange(5000))
        device, email = maybe(chance, DEVICES, 0.8), maybe(chance, EMAILS, 0.6)
        rows.append((device, login, previous, email, at))
    if rows and chance.random() < 0.3:
        kinds = [("email", EMAILS), ("userId", LOGINS), ("anonymousId", DEVICES)]
        chosen = [chance.choice(kinds) for _ in range(chance.choice((2, 2, 3)))]
        pairs = [{"type": kind, "value": chance.choice(v)} for kind, v in chosen]
        rows.append((None, None, None, None, START, json.dumps(pairs)))
    return rows + chance.choices(rows, k=count // 3) if rows else rows


def records(chance: random.Random, count: int) -> list[tuple[Any, ...]]:
    """What a CRM says today: another time it may say something else."""
    rows: list[tuple[Any, ...]] = []
    for number in range(count):
        lead, at = ("crm", "lead_id", f"l{number}"), START - timedelta(days=number)
        email = chance.choice(EMAILS)
        rows += [
            (*lead, None, None, at),
            ("crm", "email", email, None, None, at),
            (*lead, "email", email, at),
        ]
        login = maybe(chance, LOGINS, 0.5)
        if login:
            rows += [
                ("crm", "user_id", login, None, None, at),
                (*lead, "user_id", login, at),
                ("crm", "user_id", login, "email", email, at),
            ]
    return rows


def land(identity: Identity, rows: list[tuple[Any, ...]]) -> None:
    landed = identity.moment + timedelta(milliseconds=500)
    for row in rows:
        identity.connection.execute(
            "insert into intermediate.int_event_identifiers_observed"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            [*row[:5], landed, landed, *(row[5:] or (None,))],
        )


def replace_records(identity: Identity, rows: list[tuple[Any, ...]]) -> None:
    identity.connection.execute("delete from intermediate.int_tool_links_claimed")
    for row in rows:
        identity.connection.execute(
            "insert into intermediate.int_tool_links_claimed values (?, ?, ?, ?, ?, ?)",
            list(row),
        )


def change_a_rule(chance: random.Random, identity: Identity) -> None:
    """Cut a link by hand, or take all cuts back."""
    if chance.random() < 0.3:
        identity.connection.execute("delete from seeds.identity_cut_links")
        return
    link = ["anonymous_id", chance.choice(DEVICES), "user_id", chance.choice(LOGINS)]
    identity.connection.execute(
        "insert into seeds.identity_cut_links values (?, ?, ?, ?, 'a mistake')", link
    )


@pytest.mark.parametrize("seed", range(6))
def test_increments_equal_one_build_from_nothing(seed: int) -> None:
    chance, identity = random.Random(seed), small_identity()
    for _ in range(4):
        land(identity, sightings(chance, chance.choice((0, 1, 3, 9))))
        replace_records(identity, records(chance, chance.choice((0, 1, 4))))
        if chance.random() < 0.25:
            change_a_rule(chance, identity)
        identity.build()
    grown = identity.people(), identity.verdicts()
    identity.build()
    assert (identity.people(), identity.verdicts()) == grown
    identity.build(full_refresh=True)
    assert (identity.people(), identity.verdicts()) == grown


def test_a_chain_of_a_thousand_in_loads_of_any_order_is_one_person() -> None:
    chance, identity = random.Random(5), small_identity()
    chain = [
        (None, f"n{number + 1}", f"n{number}", None, START)
        for number in range(CHAIN_LINKS)
    ]
    chance.shuffle(chain)
    for first in range(0, CHAIN_LINKS, 250):
        land(identity, chain[first : first + 250])
        identity.build()
    people = identity.people()
    assert len(people) == CHAIN_LINKS + 1
    assert len({customer_id for _, _, customer_id, _ in people}) == 1


def test_a_build_with_nothing_new_judges_nothing() -> None:
    identity = small_identity()
    land(identity, sightings(random.Random(1), 30))
    identity.build()
    identity.build()
    for table in ("int_links_in_question", "int_identifiers_numbered"):
        found = identity.connection.execute(f"from intermediate.{table}").fetchall()
        assert found == []
