"""How near identity comes to the truth, and to what anybody could know.

    python benchmarks/identity_truth.py [PEOPLE]

Draws people and devices of the sandbox (without the shop around them), writes down
which identifiers their visits and their records in tools carry, builds identity from
that with the project's own models, and counts pairs of identifiers against the truth.
In the same run: plain connected components without any protection (scipy), and the
limit: links that join only identifiers of one person, all believed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import numpy as np
import pyarrow as pa
from identity_models import Identity
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sandbox.company.chance import stream, token
from sandbox.company.devices import Devices
from sandbox.company.people import BUYER, Person, make_person
from sandbox.company.season import make_season
from sandbox.company.shoppers import (
    CHECKOUT_LOGIN_SHARE,
    CHECKOUT_SIGN_UP_SHARE,
    LOGIN_SHARE,
    SECOND_EMAIL_SHARE,
    SIGN_UP_SHARES,
)

SEED, DAYS, MOST_VISITS = 7, 365, 40
CHUNK = 10_000
TOOL_SHARES = {"email_profile_id": 0.5, "support_requester_id": 0.2}
NOBODY_SHARE = 0.002
Sighting = tuple[str, str | None, str | None]


def sightings(person: Person, seed: int) -> Iterator[Sighting]:
    """Yield device, login and address of each visit, as the shop would learn them."""
    devices, chance = Devices(person, seed), stream(seed, person.index, "sightings")
    has_account = False
    buys = person.kind == BUYER
    rate = person.visits_per_day + person.orders_per_day
    for _ in range(min(MOST_VISITS, 1 + int(chance.expovariate(1 / (rate * 180))))):
        browser = devices.use()
        is_order = buys and chance.random() < 0.4
        login = browser.user_id
        if login is None and has_account:
            share = CHECKOUT_LOGIN_SHARE if is_order else LOGIN_SHARE
            login = person.user_id if chance.random() < share else None
        elif login is None and person.may_sign_up:
            share = CHECKOUT_SIGN_UP_SHARE if is_order else SIGN_UP_SHARES[person.kind]
            has_account = chance.random() < share
            login = person.user_id if has_account else None
        browser.user_id = login
        email = _email(chance, person, login, is_order)
        sent = "undefined" if chance.random() < NOBODY_SHARE else login
        yield browser.anonymous_id, sent, email


def _email(
    chance: Random, person: Person, login: str | None, is_order: bool
) -> str | None:
    if login is not None:
        return person.contact.email
    second = person.contact.second_email
    if is_order and second and chance.random() < SECOND_EMAIL_SHARE:
        return second
    return person.contact.email if is_order else None


def draw(people: range) -> tuple[pa.Table, pa.Table]:
    """Return sightings and tool records of these people, with whose they are."""
    season = make_season(date(2026, 3, 1), DAYS)
    seen: list[tuple[str, str | None, str | None, int]] = []
    records: list[tuple[str, str, str, str | None, int]] = []
    for index in people:
        person = make_person(SEED, index, season)
        own = set(sightings(person, SEED))
        seen += [(*one, index) for one in own]
        known = [email for _, _, email in own if email]
        login = person.user_id if any(u == person.user_id for _, u, _ in own) else None
        chance = stream(SEED, index, "records")
        for kind, share in TOOL_SHARES.items():
            if known and chance.random() < share:
                record = token(12, SEED, index, kind)
                says = login if chance.random() < 0.7 else None
                records.append((kind, record, min(known), says, index))
    return (
        _table(("anonymous_id", "user_id", "email", "person"), seen),
        _table(("record_type", "record_id", "email", "user_id", "person"), records),
    )


def _table(names: tuple[str, ...], rows: list[tuple[object, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    texts = [
        pa.array(column, None if n == "person" else pa.string())
        for n, column in zip(names, columns, strict=True)
    ]
    return pa.table(texts, names=list(names))


_INPUTS = """
    insert into intermediate.int_event_identifiers_observed
    select anonymous_id, user_id, null, lower(email),
        timestamp '2026-01-01' + to_seconds(row_number() over ()), $at, $at, null
    from seen;
    insert into intermediate.int_tool_links_claimed
    with timed as (
        select *, timestamp '2026-02-01' + to_seconds(row_number() over ()) as seen_at
        from records
    )
    select 'tool', record_type, record_id, null, null, seen_at from timed
    union all select 'tool', 'email', lower(email), null, null, seen_at from timed
    union all select 'tool', record_type, record_id, 'email', lower(email), seen_at
    from timed
    union all select 'tool', 'user_id', user_id, null, null, seen_at
    from timed where user_id is not null
    union all select 'tool', record_type, record_id, 'user_id', user_id, seen_at
    from timed where user_id is not null;
    create table truth as
    select identifier, any_value(person) as person
    from (
        select 'anonymous_id:' || anonymous_id as identifier, person from seen
        union select 'user_id:' || user_id, person from seen where user_id like 'u@_%'
            escape '@'
        union select 'email:' || lower(email), person from seen where email is not null
        union select record_type || ':' || record_id, person from records
    ) as owned
    group by identifier having count(distinct person) = 1;
    create table edges as
    select distinct
        left_type || ':' || left_value as one, right_type || ':' || right_value as other
    from (
        select 'anonymous_id' as left_type, anonymous_id as left_value,
            'user_id' as right_type, user_id as right_value
        from seen where user_id is not null
        union all select 'user_id', user_id, 'email', lower(email)
        from seen where user_id is not null and email is not null
        union all select 'anonymous_id', anonymous_id, 'email', lower(email)
        from seen where user_id is null and email is not null
        union all select left_type, left_value, right_type, right_value
        from intermediate.int_tool_links_claimed where right_type is not null
    ) as claimed
"""
_SCORES = """
    with grouped as (
        select truth.person, found.label, count(*) as size
        from truth left join {found} as found using (identifier)
        group by truth.person, found.label
    ),
    persons as (select sum(size) as size from grouped group by person),
    labels as (
        select sum(size) as size from grouped where label is not null group by label
    )
    select
        (select sum(size * (size - 1)) from grouped where label is not null),
        (select sum(size * (size - 1)) from labels),
        (select sum(size * (size - 1)) from persons)
"""


def scores(connection: duckdb.DuckDBPyConnection, found: str, name: str) -> None:
    """Print pairwise precision, recall and F1 of labels."""
    row = connection.execute(_SCORES.format(found=found)).fetchone()
    right, paired, true = (float(value or 0) for value in row or (0, 0, 0))
    precision, recall = right / max(paired, 1), right / max(true, 1)
    f1 = 2 * right / max(paired + true, 1)
    print(f"  {name:34} {precision:9.4f} {recall:9.4f} {f1:9.4f}")


def components(connection: duckdb.DuckDBPyConnection, edges: str, name: str) -> float:
    """Label identifiers by scipy's connected components; return its seconds."""
    ends = connection.table(edges).select("one, other").fetchnumpy()
    start = time.perf_counter()
    names, places = np.unique(
        np.concatenate((ends["one"], ends["other"])).astype(str), return_inverse=True
    )
    left, right = places[: len(ends["one"])], places[len(ends["one"]) :]
    matrix = coo_matrix(
        (np.ones(len(left), dtype=np.int8), (left, right)), (len(names), len(names))
    )
    labels = connected_components(matrix, directed=False)[1]
    seconds = time.perf_counter() - start
    labelled = pa.table({"identifier": names, "label": labels})
    connection.register("labelled", labelled)
    connection.execute(f"create or replace table {name} as from labelled")
    return seconds


def main() -> None:
    """Print figures and seconds of all three."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    start = time.perf_counter()
    parts = [range(n, min(n + CHUNK, people)) for n in range(0, people, CHUNK)]
    with ProcessPoolExecutor() as pool:
        drawn = list(pool.map(draw, parts))
    seen, records = (pa.concat_tables(tables) for tables in zip(*drawn, strict=True))
    print(f"{people:,} people drawn in {time.perf_counter() - start:.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "identity.duckdb"))
        identity = Identity(connection)
        connection.register("seen", seen)
        connection.register("records", records)
        for statement in _INPUTS.split(";\n"):
            values = {"at": identity.moment} if "$at" in statement else None
            connection.execute(statement, values)
        start = time.perf_counter()
        identity.build()
        built = time.perf_counter() - start
        connection.execute(
            "create view stitched as select identifier_type || ':' || identifier_value"
            " as identifier, customer_id as label"
            " from intermediate.int_identities_contracted;"
            "create view own_edges as select edges.* from edges"
            " inner join truth as ones on ones.identifier = edges.one"
            " inner join truth as others on others.identifier = edges.other"
            " where ones.person = others.person"
        )
        plain = components(connection, "edges", "plain")
        components(connection, "own_edges", "limit_of_links")
        (links,) = connection.execute("select count(*) from edges").fetchone() or (0,)
        print(f"{links:,} links: built in {built:.1f} s; scipy alone {plain:.1f} s")
        print(f"  {'pairs of identifiers':34} precision    recall        F1")
        scores(connection, "stitched", "identity")
        scores(connection, "plain", "connected components, no protection")
        scores(connection, "limit_of_links", "every true link and no false one")


if __name__ == "__main__":
    main()
