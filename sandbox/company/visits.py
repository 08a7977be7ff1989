"""When people come, from where, and whether they mean to buy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from sandbox.company.advertising import AdClick, ads_shown, click_ad
from sandbox.company.chance import DAY_SECONDS, pick, poisson_times, stream
from sandbox.company.email_campaigns import Click
from sandbox.company.people import HABIT_INTERVAL_DAYS, Custom, Person
from sandbox.company.season import Season, at_some_hour

OWN_INTENT = "own_intent"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a visit comes from; campaign words as they stand in the link."""

    name: str
    referrer: str = ""
    campaign: tuple[tuple[str, str], ...] = ()
    ad_click: AdClick | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to the shop.

    Attributes:
        at: Its first moment, Unix seconds.
        entry: Where it comes from.
        cause: What makes an order of it: the person's own intent or the entry's name;
            None where nothing is bought.
    """

    at: float
    entry: Entry
    cause: str | None = None


def _paid(name: str, source: str, medium: str, campaigns: Sequence[str]) -> list[Entry]:
    return [
        Entry(
            name,
            f"https://{source}.example/",
            (("source", source), ("medium", medium), ("name", campaign)),
        )
        for campaign in campaigns
    ]


DIRECT = Entry("direct")
# The ads of paid_search and paid_social stand in advertising.py.
PAID = {
    "paid_search": _paid("paid_search", "google", "cpc", ("brand", "gifts", "kitchen")),
    "paid_social": _paid("paid_social", "facebook", "paid_social", ("",)),
    "affiliate": _paid("affiliate", "dealsite", "affiliate", ("autumn_deals",)),
}
UNPAID = {
    "direct": [DIRECT],
    "organic_search": [Entry("organic_search", "https://www.google.example/")],
    "referral": [Entry("referral", "https://blog.example/best-gifts")],
}
ENTRY_SHARES = (
    ("direct", 0.40), ("organic_search", 0.27), ("paid_search", 0.14),
    ("paid_social", 0.09), ("affiliate", 0.05), ("referral", 0.05),
)  # fmt: skip
# Share of visits through this entry that end in an order which would else not be; of
# clicks on ads it is the mean, which each ad's effect makes more or less.
ORDERS_CAUSED = {"paid_search": 0.06, "paid_social": 0.03, "affiliate": 0.05}
EMAIL_ORDERS_CAUSED = 0.12


def plan_visits(
    person: Person, custom: Custom, seed: int, season: Season
) -> list[Visit]:
    """Return a person's visits, without those that emails bring, in order of time."""
    chance = stream(seed, person.index, "visits")
    ad_chance = stream(seed, person.index, "ads")
    visits = [
        Visit(at, _from_ad(_draw_entry(chance), at, ad_chance, person), OWN_INTENT)
        for at in custom.ordered_at
        if at < season.end
    ]
    for at in _browsing_times(person, custom, chance, season):
        entry = _from_ad(_draw_entry(chance), at, ad_chance, person)
        buys = chance.random() < _order_share(entry) and person.orders_per_day > 0
        visits.append(Visit(at, entry, entry.name if buys else None))
    return sorted(visits, key=lambda visit: visit.at)


def _from_ad(entry: Entry, at: float, chance: Random, person: Person) -> Entry:
    """Return the entry with the ad that was clicked, where its channel has ads."""
    campaign_name = dict(entry.campaign).get("name") or None
    shown = ads_shown(entry.name, campaign_name, at)
    if not shown:
        return entry
    click = click_ad(chance, shown, at, person.person_id)
    return replace(entry, campaign=click.campaign, ad_click=click)


def _order_share(entry: Entry) -> float:
    share = ORDERS_CAUSED.get(entry.name, 0.0)
    return share * entry.ad_click.ad.effect if entry.ad_click else share


def visits_from_email(
    person: Person, clicks: Sequence[Click], seed: int
) -> list[Visit]:
    """Return the visits that clicks in emails bring; some cause an order."""
    chance = stream(seed, person.index, "email visits")
    visits = []
    for click in clicks:
        words = (
            ("source", "klaviyo"), ("medium", "email"), ("name", click.campaign_name),
        )  # fmt: skip
        buys = chance.random() < EMAIL_ORDERS_CAUSED and person.orders_per_day > 0
        entry = Entry("email", "", words)
        visits.append(Visit(click.at, entry, "email" if buys else None))
    return visits


def _draw_entry(chance: Random) -> Entry:
    name = pick(chance, ENTRY_SHARES)
    return chance.choice(PAID.get(name) or UNPAID[name])


def _browsing_times(
    person: Person, custom: Custom, chance: Random, season: Season
) -> Iterator[float]:
    until = min(season.end, custom.left_at + 20 * DAY_SECONDS)
    if person.has_weekly_habit:
        at = person.arrived_at + chance.random() * 4 * DAY_SECONDS
        while at < until:
            yield at_some_hour(chance, at)
            at += (HABIT_INTERVAL_DAYS + chance.uniform(-1.2, 1.2)) * DAY_SECONDS
        return
    for at in poisson_times(chance, person.visits_per_day, person.arrived_at, until):
        yield at_some_hour(chance, at)
