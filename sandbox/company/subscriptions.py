"""The subscription programme: renewals, and why people leave.

At the start of each calendar month every active subscription has a true hazard: the
chance that it is cancelled within that month. It is computed from what happened
strictly before the month and from a disposition that nobody can observe.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

from sandbox.company.catalogue import PLANS
from sandbox.company.chance import DAY_SECONDS, pick, stream, token
from sandbox.company.company import Company
from sandbox.company.journal import Journal
from sandbox.company.season import next_month, utc
from sandbox.company.shoppers import Shopper
from sandbox.company.support import SupportContact, draw_contact

PLAN_SHARES = ((0, 0.5), (1, 0.32), (2, 0.18))
CONTACTS_PER_MONTH = 0.26
DISPOSITION_SPREAD = 0.45
SEASON_EFFECTS = {1: 0.45, 2: 0.2, 6: 0.15, 7: 0.25, 8: 0.15, 11: -0.25, 12: -0.4}
# Added to the logit of the hazard.
BASE = -5.15
EFFECTS = {
    "few_orders": 1.4,
    "negative_contacts": 1.7,
    "other_contact": 0.3,
    "few_orders_and_negative": 0.5,
    "price_per_ten_dollars": 0.45,
    "first_two_months": 0.4,
    "no_visit_for_30_days": 0.75,
}
REASONS = {
    "negative_contacts": "service",
    "few_orders": "not_used_enough",
    "no_visit_for_30_days": "not_used_enough",
    "price_per_ten_dollars": "price",
}


@dataclass(frozen=True, slots=True)
class State:
    """What the hazard of one month depends on, as of its first instant."""

    effects: dict[str, float]
    hazard: float


class Subscription:
    """One person's subscription, lived month by month.

    Args:
        company: The company.
        journal: Where events, documents and truth go.
        shopper: Who subscribes; must have subscribed.
        contacts: The person's contacts with support so far; those about the
            subscription are added.
    """

    def __init__(
        self,
        company: Company,
        journal: Journal,
        shopper: Shopper,
        contacts: list[SupportContact],
    ) -> None:
        person = shopper.person
        self.chance = stream(company.seed, person.index, "subscription")
        self.number = pick(self.chance, PLAN_SHARES)
        self.subscription_id = "sub_" + token(20, company.seed, person.index, "sub")
        self.started_at = shopper.subscribed_at or company.season.launched_at
        self.cancelled_at: float | None = None
        self.reason: str | None = None
        self.contacts = contacts
        self.company = company
        self._journal = journal
        self.shopper = shopper
        self._orders = sorted(one.order.ordered_at for one in shopper.placed)
        self._visits = [at for at, _ in shopper.moments]
        self.disposition = DISPOSITION_SPREAD * self.chance.gauss(0, 1)

    def live(self) -> None:
        """Go through the months until it is cancelled or the period ends."""
        start, end = self.started_at, self.company.season.end
        self._contact_support(start, min(next_month(start), end))
        month = next_month(start)
        while month < end and self.cancelled_at is None:
            self._live_month(month, next_month(month))
            month = next_month(month)

    def _live_month(self, month: float, following: float) -> None:
        state = self.state_at(month)
        is_cancelled = self.chance.random() < state.hazard
        at = month + self.chance.random() * (following - month)
        is_seen = is_cancelled and at < self.company.season.end
        if is_seen:
            self.cancelled_at = at
            self.reason = self._draw_reason(state)
        until = min(at if is_seen else following, self.company.season.end)
        self._contact_support(month, until)
        self._journal.know(
            "hazards",
            person_id=self.shopper.person.person_id,
            user_id=self.shopper.person.user_id,
            subscription_id=self.subscription_id,
            month_start=utc(month),
            hazard=state.hazard,
            is_cancelled=is_seen,
            is_complete=following <= self.company.season.end,
        )

    def state_at(self, month: float) -> State:
        """Return the state and hazard of a month from what happened before it."""
        orders = bisect_left(self._orders, month)
        late = [c for c in self.contacts if month - 75 * DAY_SECONDS <= c.at < month]
        negative = min(sum(one.sentiment == "negative" for one in late), 2)
        visited = bisect_left(self._visits, month)
        idle_since = self._visits[visited - 1] if visited else self.started_at
        few = 1.0 if orders < 3 else 0.0
        price = (PLANS[self.number][1] - 2000) / 1000
        tenure_days = (month - self.started_at) / DAY_SECONDS
        measures = {
            "few_orders": few,
            "negative_contacts": float(negative),
            "other_contact": float(len(late) > negative),
            "few_orders_and_negative": few * (negative > 0),
            "price_per_ten_dollars": price,
            "first_two_months": float(tenure_days < 61),
            "no_visit_for_30_days": float(month - idle_since > 30 * DAY_SECONDS),
        }
        effects = {name: EFFECTS[name] * value for name, value in measures.items()}
        season = SEASON_EFFECTS.get(utc(month).month, 0.0)
        logit = BASE + sum(effects.values()) + season + self.disposition
        return State(effects, 1 / (1 + math.exp(-logit)))

    def _draw_reason(self, state: State) -> str:
        strongest = max(state.effects, key=lambda name: state.effects[name])
        if state.effects[strongest] <= 0 or self.chance.random() < 0.15:
            return "other"
        return REASONS.get(strongest, "other")

    def _contact_support(self, start: float, end: float) -> None:
        days = (end - start) / DAY_SECONDS
        if self.chance.random() < CONTACTS_PER_MONTH * days / 30.4:
            at = self.chance.uniform(start, end)
            self.contacts.append(draw_contact(self.chance, self.shopper.person, at))
