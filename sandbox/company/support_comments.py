"""What is said in a ticket: the question, now and then a note, the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.company.chance import lognormal, stream
from sandbox.company.journal import Journal
from sandbox.company.season import iso

AGENTS = {
    390_000_000_001: "Mina Alvarez",
    390_000_000_002: "Theo Brandt",
    390_000_000_003: "Asha Pillai",
}
NOTE_SHARE, THANKS_SHARE = 0.25, 0.3


@dataclass(frozen=True, slots=True)
class Talk:
    """What a ticket's comments depend on.

    Attributes:
        ticket_id: The ticket.
        requester_id: Who asks.
        opened_at: When, Unix seconds.
        updated_at: When the ticket last changed; nothing is said after it.
        question: What they wrote.
    """

    ticket_id: int
    requester_id: int
    opened_at: float
    updated_at: float
    question: str


@dataclass(frozen=True, slots=True)
class _Comment:
    at: float
    author_id: int
    body: str
    is_public: bool = True


def agents(since: float) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the help desk's agents, who are users of it like those who ask."""
    stamp = iso(since)[:-5] + "Z"
    return [
        (
            "users",
            str(agent_id),
            {
                "id": agent_id,
                "name": name,
                "email": f"{name.split()[0].lower()}@shop.example.com",
                "external_id": None,
                "role": "agent",
                "created_at": stamp,
                "updated_at": stamp,
            },
        )
        for agent_id, name in AGENTS.items()
    ]


def keep_comments(journal: Journal, talk: Talk, seed: int) -> None:
    """Keep what is said in a ticket as the ticket events that hold it."""
    for number, comment in enumerate(_said(talk, seed)):
        if comment.at > talk.updated_at:
            continue
        stamp = iso(comment.at)[:-5] + "Z"
        child = {
            "id": talk.ticket_id * 100 + number * 2 + 1,
            "type": "Comment",
            "event_type": "Comment",
            "author_id": comment.author_id,
            "body": comment.body,
            "public": comment.is_public,
            "created_at": stamp,
        }
        body = {
            "id": talk.ticket_id * 100 + number * 2,
            "ticket_id": talk.ticket_id,
            "updater_id": comment.author_id,
            "timestamp": int(comment.at),
            "created_at": stamp,
            "via": "Web service",
            "event_type": "Audit",
            "child_events": [child],
        }
        journal.keep("zendesk", "ticket_events", body)


def _said(talk: Talk, seed: int) -> Iterator[_Comment]:
    chance = stream(seed, talk.ticket_id, "comments")
    agent_id = chance.choice(tuple(AGENTS))
    yield _Comment(talk.opened_at, talk.requester_id, talk.question)
    answered_at = talk.opened_at + lognormal(chance, 2.2 * 3600, 1.1)
    if chance.random() < NOTE_SHARE:
        at = talk.opened_at + (answered_at - talk.opened_at) / 2
        yield _Comment(at, agent_id, "Asked the warehouse.", is_public=False)
    yield _Comment(answered_at, agent_id, "Thank you for writing, we look into it.")
    if chance.random() < THANKS_SHARE:
        at = answered_at + chance.uniform(600, 6 * 3600)
        yield _Comment(at, talk.requester_id, "Thank you!")
