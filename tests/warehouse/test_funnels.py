"""Funnel models against a search through every chain of hits."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import duckdb
import pytest

from tests.warehouse.rendered_models import rendered

START = datetime(2026, 3, 1)  # noqa: DTZ001 - UTC without a zone, as in the marts
WINDOW = timedelta(minutes=10)
STEPS = 4
Hit = tuple[int, datetime]  # step, time; in order


def streams(seed: int) -> dict[str, list[Hit]]:
    """Give forty customers up to fifteen hits each, some at the same moment."""
    chance = random.Random(seed)
    return {
        f"c{number}": sorted(
            (
                (
                    chance.randrange(1, STEPS + 1),
                    START + timedelta(minutes=chance.randrange(40)),
                )
                for _ in range(chance.randrange(1, 16))
            ),
            key=lambda hit: hit[1],
        )
        for number in range(40)
    }


def reached(model: str, order: str, hits: dict[str, list[Hit]]) -> dict[str, int]:
    """Return the farthest step of each customer by a model."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_funnel_hits_matched (funnel_name varchar,"
            " step_order varchar, counted_id varchar, customer_id varchar,"
            " step_number integer, activity_number integer, occurred_at timestamp,"
            " window_ends_at timestamp)"
        )
        connection.executemany(
            "insert into int_funnel_hits_matched values ('f', ?, ?, ?, ?, ?, ?, ?)",
            [
                (order, name, name, step, number, at, at + WINDOW)
                for name, seen in hits.items()
                for number, (step, at) in enumerate(seen)
            ],
        )
        query = rendered(
            f"intermediate/funnels/{model}.sql", {"funnel_step_limit": lambda: STEPS}
        )
        rows = connection.execute(
            f"select counted_id, max(step_number) from ({query}) group by counted_id"  # noqa: S608 - our own
        ).fetchall()
    return dict(rows)


def farthest_in_order(hits: list[Hit]) -> int:
    """Follow every chain that begins with step 1 and stays within the window."""

    def follow(place: int, step: int, until: datetime) -> int:
        later = [
            follow(after, step + 1, until)
            for after in range(place + 1, len(hits))
            if hits[after][0] == step + 1 and hits[after][1] <= until
        ]
        return max(later, default=step)

    begun = [
        follow(place, 1, at + WINDOW)
        for place, (step, at) in enumerate(hits)
        if step == 1
    ]
    return max(begun, default=0)


def farthest_in_any_order(hits: list[Hit]) -> int:
    """Look at what is done within the window from each hit on."""
    best = 0
    for place, (_, begun) in enumerate(hits):
        done = {step for step, at in hits[place:] if at <= begun + WINDOW}
        count = 0
        while count + 1 in done:
            count += 1
        best = max(best, count)
    return best


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("model", "order", "search"),
    [
        ("int_ordered_steps_reached", "in_order", farthest_in_order),
        ("int_unordered_steps_reached", "any_order", farthest_in_any_order),
    ],
)
def test_a_funnel_finds_the_attempt_that_came_farthest(
    seed: int, model: str, order: str, search: type
) -> None:
    hits = streams(seed)
    expected = {name: search(seen) for name, seen in hits.items()}
    assert max(expected.values()) == STEPS
    assert reached(model, order, hits) == {
        name: step for name, step in expected.items() if step
    }
