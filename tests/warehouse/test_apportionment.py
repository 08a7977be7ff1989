"""Shares by largest remainder, against exact fractions."""

from __future__ import annotations

import random
from fractions import Fraction

import duckdb

from tests.warehouse.rendered_models import macro_of, rendered

BILLION = 1_000_000_000
MACROS = "attribution/whole_share.sql"


def apportion(whole: int, weights: list[int]) -> list[int]:
    """Hamilton's method; of equal remainders the later row comes first."""
    if not any(weights):
        weights = [1] * len(weights)
    claims = [Fraction(whole * weight, sum(weights)) for weight in weights]
    given = [int(claim) for claim in claims]
    places = sorted(
        range(len(weights)),
        key=lambda place: (claims[place] - given[place], place),
        reverse=True,
    )
    for place in places[: whole - sum(given)]:
        given[place] += 1
    return given


def test_ten_thousand_rows_are_apportioned_as_exact_fractions_say() -> None:
    chance = random.Random(4)
    cases = [
        (
            chance.choice([0, 1, 99, 100, -199, -5, 12_345_678, 9_999_999_999]),
            [
                chance.choice([0, 1, chance.randrange(BILLION), BILLION])
                for _ in range(chance.randrange(1, 40))
            ],
        )
        for _ in range(500)
    ]
    with duckdb.connect() as connection:
        fill(connection, cases)
        query = rendered(
            "intermediate/attribution/int_credits_apportioned.sql",
            {
                name: macro_of(MACROS, name)
                for name in ("whole_share", "share_remainder")
            },
        )
        rows = connection.sql(query).project(
            "conversion_id, touch_number, credited_share, credited_cents"
        )
        credited = rows.fetchall()
    found = {(int(case), touch): given for case, touch, *given in credited}
    expected = {}
    for case, (cents, weights) in enumerate(cases):
        sign = -1 if cents < 0 else 1  # an adjustment is shared as a sale is
        shared = [sign * part for part in apportion(abs(cents), weights)]
        both = zip(apportion(BILLION, weights), shared, strict=True)
        for touch, given in enumerate(both):
            if weights[touch] or not any(weights):
                expected[case, touch] = list(given)
    assert found == expected


def fill(
    connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, list[int]]]
) -> None:
    connection.execute(
        "create table int_conversion_touches_paired (conversion_id varchar,"
        " touch_number bigint, revenue_amount decimal(18, 2));"
        "create table int_rule_weights_assigned (attribution_model varchar,"
        " conversion_id varchar, touch_number bigint, weight bigint);"
        "create table int_learned_weights_assigned as from int_rule_weights_assigned"
    )
    for case, (cents, weights) in enumerate(cases):
        connection.execute(
            "insert into int_conversion_touches_paired"
            " select $1, unnest(range($2)), cast($3 as decimal(18, 2)) / 100",
            [str(case), len(weights), cents],
        )
        connection.execute(
            "insert into int_rule_weights_assigned"
            " select 'linear', $1, unnest(range($2)), unnest($3::bigint[])",
            [str(case), len(weights), weights],
        )
