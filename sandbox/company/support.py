"""Support: why people write or call, in what mood, and what the help desk notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.company.chance import DAY_SECONDS, pick, stream
from sandbox.company.journal import Journal, Sender
from sandbox.company.people import Person
from sandbox.company.season import iso, utc
from sandbox.company.shoppers import Placed, Shopper
from sandbox.company.support_comments import Talk, keep_comments

ORDER_CONTACT_SHARE = 0.08
CHANNELS = (("chat", 0.4), ("email", 0.3), ("phone", 0.2), ("web", 0.1))
# The help desk's word for a channel, and the one in the shop's own event.
DESK_CHANNELS = {"chat": "chat", "email": "email", "phone": "voice", "web": "web"}
EVENT_CHANNELS = {"chat": "chat", "email": "email", "phone": "phone", "web": "email"}
RATED_SHARE = 0.5
TOPICS = ("delivery", "damaged item", "billing", "returns", "how to use it")
TEXTS = {
    "negative": (
        "My {topic} problem is still not solved and this is the third time I ask.",
        "Really disappointed. The {topic} issue ruined it and nobody answers.",
        "This is unacceptable, I am fed up with the {topic} mess. Sort it out.",
    ),
    "neutral": (
        "Hello, I have a question about {topic}. Could you tell me what to do?",
        "Please let me know how {topic} works for my last order.",
        "I need some information on {topic}.",
    ),
    "positive": (
        "Thank you for the quick help with {topic}, I love the shop.",
        "Great service! One small question about {topic} for next time.",
        "Very happy with everything, just checking on {topic}.",
    ),
}


@dataclass(frozen=True, slots=True)
class SupportContact:
    """One contact with support.

    Attributes:
        at: When, Unix seconds.
        channel: ``chat``, ``email``, ``phone`` or ``web`` (a form).
        topic: What about.
        sentiment: ``negative``, ``neutral`` or ``positive``.
    """

    at: float
    channel: str
    topic: str
    sentiment: str


def draw_contact(chance: Random, person: Person, at: float) -> SupportContact:
    """Draw what one contact is like; grumpy people are more often negative."""
    mood = chance.random()
    negative = 0.15 + 0.7 * person.grumpiness
    if mood < negative:
        sentiment = "negative"
    else:
        sentiment = "neutral" if mood < negative + 0.6 * (1 - negative) else "positive"
    return SupportContact(at, pick(chance, CHANNELS), chance.choice(TOPICS), sentiment)


def contacts_about_orders(
    person: Person, placed: Sequence[Placed], seed: int, end: float
) -> list[SupportContact]:
    """Return the contacts that follow orders, one to ten days later."""
    chance = stream(seed, person.index, "support")
    contacts = []
    for order in placed:
        if chance.random() < ORDER_CONTACT_SHARE:
            at = order.order.ordered_at + chance.uniform(1, 10) * DAY_SECONDS
            if at < end:
                contacts.append(draw_contact(chance, person, at))
    return contacts


class HelpDesk:
    """Notes one person's contacts in the help desk, the events and the truth."""

    def __init__(self, journal: Journal, seed: int, shopper: Shopper) -> None:
        self.requester_id: int | None = None
        self._seed = seed
        self._journal = journal
        self._shopper = shopper
        self._person = shopper.person
        self._chance = stream(seed, self._person.index, "help desk")

    def note(self, contacts: Sequence[SupportContact]) -> None:
        """Note all of a person's contacts, in order of time."""
        for number, contact in enumerate(sorted(contacts, key=lambda one: one.at)):
            if number == 0:
                self._keep_user(contact)
            ticket_id = 7_000_000_000 + self._person.index * 1_000 + number
            self._keep_ticket(contact, ticket_id)
            self._send(contact)
            self._journal.know(
                "support_contacts",
                person_id=self._person.person_id,
                ticket_id=str(ticket_id),
                sentiment=contact.sentiment,
                contacted_at=utc(contact.at),
            )

    def _send(self, contact: SupportContact) -> None:
        sender = self._shopper.sender_before(contact.at)
        if contact.channel != "chat":  # only the account is known, and not always that
            user_id = self._shopper.account_before(contact.at)
            if user_id is None:
                return
            sender = Sender("server", None, user_id)
        about = {"channel": EVENT_CHANNELS[contact.channel], "topic": contact.topic}
        self._journal.track(sender, contact.at, "support_contacted", about)

    def _keep_user(self, contact: SupportContact) -> None:
        person, shopper, at = self._person, self._shopper, contact.at
        self.requester_id = 360_000_000_000 + person.index
        has_told = self._chance.random() < 0.5
        user_id = shopper.account_before(at) if has_told else None
        second = person.contact.second_email
        email = second if second and self._chance.random() < 0.3 else shopper.email
        shopper.emails[email] = None
        body = {
            "id": self.requester_id,
            "name": f"{person.contact.first_name} {person.contact.last_name}",
            "email": email,
            # who calls is known by the number
            "phone": person.contact.phone if contact.channel == "phone" else None,
            "shared_phone_number": False,
            "external_id": user_id,
            "role": "end-user",
            "created_at": iso(at)[:-5] + "Z",
            "updated_at": iso(at)[:-5] + "Z",
        }
        self._journal.keep("zendesk", "users", body)

    def _keep_ticket(self, contact: SupportContact, ticket_id: int) -> None:
        chance = self._chance
        updated_at = min(
            contact.at + chance.uniform(0.5, 72) * 3600, self._journal.end - 1
        )
        text = chance.choice(TEXTS[contact.sentiment]).format(topic=contact.topic)
        is_closed = updated_at < self._journal.end - 2 * DAY_SECONDS
        urgent = ("high", "urgent") if contact.sentiment == "negative" else ("low",)
        body: dict[str, Any] = {
            "id": ticket_id,
            "requester_id": self.requester_id,
            "submitter_id": self.requester_id,
            "subject": contact.topic.capitalize(),
            "description": text,
            "via": {"channel": DESK_CHANNELS[contact.channel]},
            "priority": chance.choice(("normal", *urgent)),
            "status": "solved" if is_closed else "open",
            "satisfaction_rating": {"score": self._rating(contact)},
            "tags": [contact.topic.replace(" ", "_")],
            "created_at": iso(contact.at)[:-5] + "Z",
            "updated_at": iso(updated_at)[:-5] + "Z",
        }
        self._journal.keep("zendesk", "tickets", body)
        talk = Talk(ticket_id, self.requester_id or 0, contact.at, updated_at, text)
        keep_comments(self._journal, talk, self._seed)

    def _rating(self, contact: SupportContact) -> str:
        if self._chance.random() >= RATED_SHARE:
            return "unoffered"
        is_bad = self._chance.random() < (
            0.88 if contact.sentiment == "negative" else 0.06
        )
        return "bad" if is_bad else "good"
