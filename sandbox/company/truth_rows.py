"""What is known of a person that no event and no tool says."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.company.catalogue import CATEGORIES
from sandbox.company.journal import Journal
from sandbox.company.people import Custom, Person
from sandbox.company.season import utc
from sandbox.company.shoppers import Shopper


def know_person(journal: Journal, person: Person, custom: Custom) -> None:
    """Write down who a person is and what drives them."""
    contact = person.contact
    journal.know(
        "persons",
        person_id=person.person_id,
        kind=person.kind,
        first_name=contact.first_name,
        last_name=contact.last_name,
        birth_date=contact.birth_date,
        orders_per_day=person.orders_per_day,
        dropout=person.dropout,
        spend_level=person.spend_level,
        visits_per_day=person.visits_per_day,
        has_weekly_habit=person.has_weekly_habit,
        grumpiness=person.grumpiness,
        open_rate=person.open_rate,
        arrived_at=utc(person.arrived_at),
        left_at=utc(custom.left_at) if custom.left_at < journal.end else None,
    )
    likings = zip(CATEGORIES, person.category_weights, strict=True)
    for name, weight in likings:
        journal.know(
            "tastes", person_id=person.person_id, taste_name=name, weight=weight
        )
    for number, weight in enumerate(person.leanings):
        name = f"factor_{number + 1}"
        journal.know(
            "tastes", person_id=person.person_id, taste_name=name, weight=weight
        )


def know_identifiers(
    journal: Journal, shopper: Shopper, **issued: Iterable[object]
) -> None:
    """Write down every identifier that was in truth this person's.

    Args:
        journal: Where the rows go.
        shopper: The person; only what occurs in their events counts as a device's id
            or a login, so nothing is listed that no platform could see.
        issued: Ids that tools gave out, by type of identifier; None is passed over.
    """
    seen = _ids_in_events(journal)
    for email in shopper.emails:
        seen["email", email] = None
    for name, values in issued.items():
        for value in values:
            if value is not None:
                seen[name, str(value)] = None
    shared = shopper.shared_ids()
    for name, value in seen:
        journal.know(
            "identifiers",
            person_id=shopper.person.person_id,
            identifier_type=name,
            identifier_value=value,
            is_shared=value in shared,
        )


def _ids_in_events(journal: Journal) -> dict[tuple[str, str], None]:
    seen: dict[tuple[str, str], None] = {}
    for event in journal.events:
        for key, name in (("anonymousId", "anonymous_id"), ("userId", "user_id")):
            if key in event.body:
                seen[name, event.body[key]] = None
        email = event.body.get("traits", {}).get("email")
        if email:
            seen["email", email] = None
    return seen
