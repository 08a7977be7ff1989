"""Who the people are: what they like, how often they come, how they are reached.

Purchase and dropout follow BG/NBD (Fader, Hardie, Lee 2005) in operational time: orders
come at a rate drawn from a gamma distribution, and after each order but the first a
person leaves for good with a probability drawn from a beta distribution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from sandbox.company.catalogue import CATEGORIES, TASTE_FACTORS
from sandbox.company.chance import DAY_SECONDS, lognormal, pick, stream, token
from sandbox.company.names import (
    COMPANY_NOUNS,
    FIRST_NAMES,
    INDUSTRIES,
    LAST_NAMES,
    PLACES,
)
from sandbox.company.season import Season, at_some_hour

BUYER, VISITOR, WHOLESALE = "retail", "visitor", "wholesale"
KINDS = ((BUYER, 0.64), (VISITOR, 0.31), (WHOLESALE, 0.05))
# Gamma: the shape and the scale (per operational day); the mean is their product.
ORDER_RATE_SHAPE, ORDER_RATE_PER_DAY = 0.62, 1 / 32
DROPOUT_SHAPES = (0.9, 4.6)
WEEKLY_HABIT_SHARE = 0.14
HABIT_INTERVAL_DAYS = 4.6


@dataclass(frozen=True, slots=True)
class Contact:
    """How a person is named and reached; ``second_email`` is often absent."""

    first_name: str
    last_name: str
    email: str
    second_email: str | None
    phone: str
    birth_date: date
    gender: str
    city: str
    country_code: str
    company_name: str | None
    industry: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """One person and what drives them.

    Attributes:
        orders_per_day: Rate of orders in operational days while alive.
        dropout: Probability of leaving for good after an order.
        spend_level: Factor on quantities; one is usual.
        visits_per_day: Visits without an order.
        has_weekly_habit: Comes every four to five days, every week.
        grumpiness: Share of contacts with support that are negative.
        arrived_at: First moment at which the person may come, Unix seconds.
        category_weights: Liking for each category of the catalogue; sums to one.
        leanings: Liking for each latent factor.
    """

    index: int
    person_id: str
    kind: str
    user_id: str
    contact: Contact
    may_sign_up: bool
    is_reader: bool
    open_rate: float
    orders_per_day: float
    dropout: float
    spend_level: float
    visits_per_day: float
    has_weekly_habit: bool
    grumpiness: float
    arrived_at: float
    category_weights: tuple[float, ...]
    leanings: tuple[float, ...]


def make_person(seed: int, index: int, season: Season) -> Person:
    """Return person number ``index``: the same however many there are."""
    chance = stream(seed, index, "person")
    kind = pick(chance, KINDS)
    habit = kind == BUYER and chance.random() < WEEKLY_HABIT_SHARE
    rate = chance.gammavariate(ORDER_RATE_SHAPE, ORDER_RATE_PER_DAY)
    dropout = chance.betavariate(*DROPOUT_SHAPES)
    if habit:  # people who come every week buy more and stay
        rate, dropout = rate + 0.02, dropout * 0.05
    likings = [chance.gammavariate(0.45, 1.0) + 0.01 for _ in CATEGORIES]
    return Person(
        index=index,
        person_id=f"person-{index:08d}",
        kind=kind,
        user_id=f"u_{token(12, seed, index, 'user')}",
        contact=_make_contact(chance, token(6, seed, index, "email"), kind, season),
        may_sign_up=chance.random() < (0.86 if kind == BUYER else 0.22),
        is_reader=chance.random() < (0.55 if kind != VISITOR else 0.15),
        open_rate=chance.betavariate(2.0, 4.0),
        orders_per_day=rate if kind == BUYER else 0.0,
        dropout=dropout,
        spend_level=lognormal(chance, 1.0, 0.55),
        visits_per_day=_visit_rate(chance, kind, rate),
        has_weekly_habit=habit,
        grumpiness=chance.betavariate(1.1, 1.6),
        arrived_at=_arrival(chance, season),
        category_weights=tuple(liking / sum(likings) for liking in likings),
        leanings=tuple(chance.gauss(0, 0.6) for _ in range(TASTE_FACTORS)),
    )


def _arrival(chance: Random, season: Season) -> float:
    """A third were there before the period; the others come at any time in it."""
    if chance.random() < 0.34:
        return season.start
    return season.start + math.pow(chance.random(), 1.1) * (season.end - season.start)


def _visit_rate(chance: Random, kind: str, order_rate: float) -> float:
    if kind == VISITOR:
        return lognormal(chance, 1 / 120, 0.8)
    if kind == WHOLESALE:
        return lognormal(chance, 1 / 22, 0.5)
    return min(0.12, 0.7 * order_rate + lognormal(chance, 1 / 90, 0.7))


def _make_contact(chance: Random, number: str, kind: str, season: Season) -> Contact:
    first_name, gender = chance.choice(FIRST_NAMES)
    last_name = chance.choice(LAST_NAMES)
    city, country_code = chance.choice(PLACES)
    is_wholesale = kind == WHOLESALE
    company = f"{last_name} {chance.choice(COMPANY_NOUNS)} {number[:3].upper()}"
    domain = f"{company.lower().replace(' ', '-')}.example.com"
    mail = chance.choice(("example.com", "example.org", "example.net"))
    handle = f"{first_name}.{last_name}".lower()
    age_days: float = min(max(lognormal(chance, 37, 0.32), 18.5), 88) * 365.25
    born = datetime.fromtimestamp(season.end, UTC) - timedelta(days=age_days)
    return Contact(
        first_name=first_name,
        last_name=last_name,
        email=f"{handle}@{domain}" if is_wholesale else f"{handle}.{number}@{mail}",
        second_email=(
            f"{first_name[0]}{last_name}{number[2:]}@example.net".lower()
            if chance.random() < 0.12
            else None
        ),
        phone=f"+1{chance.randrange(2_010_000_000, 9_890_000_000)}",
        birth_date=born.date(),
        gender=gender,
        city=city,
        country_code=country_code,
        company_name=company if is_wholesale else None,
        industry=chance.choice(INDUSTRIES) if is_wholesale else None,
    )


@dataclass(frozen=True, slots=True)
class Custom:
    """When a person orders of their own accord, and when they left for good."""

    ordered_at: tuple[float, ...]
    left_at: float


def plan_custom(person: Person, seed: int, season: Season) -> Custom:
    """Return a person's own orders and their end, in Unix seconds."""
    chance = stream(seed, person.index, "purchases")
    if not person.orders_per_day:
        return Custom((), season.end)
    share = (person.arrived_at - season.start) / (season.end - season.start)
    at = share * season.operational_seconds
    at += chance.random() * 20 * DAY_SECONDS  # the first order follows arrival
    times: list[float] = []
    while at < season.operational_seconds:
        times.append(at_some_hour(chance, season.to_calendar(at)))
        if len(times) > 1 and chance.random() < person.dropout:
            return Custom(tuple(times), times[-1])
        at += chance.expovariate(person.orders_per_day) * DAY_SECONDS
    return Custom(tuple(times), season.end)
