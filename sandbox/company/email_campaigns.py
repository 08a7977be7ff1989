"""Email: the campaigns, who reads them, and what the email platform notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.company.chance import DAY_SECONDS, stream, token
from sandbox.company.journal import Journal
from sandbox.company.people import Person
from sandbox.company.season import Season, iso

METRICS = {
    "Received Email": "Rcv001",
    "Opened Email": "Opn001",
    "Clicked Email": "Clk001",
}
LIST_ID = "NewsL1"
CLICK_SHARE_OF_OPENS = 0.22


@dataclass(frozen=True, slots=True)
class Campaign:
    """One mailing to everybody who subscribes."""

    campaign_id: str
    name: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class Click:
    """A click in an email, which is the start of a visit."""

    at: float
    campaign_name: str


def make_campaigns(season: Season) -> tuple[Campaign, ...]:
    """Return a mailing every fortnight, every week in November and December."""
    campaigns: list[Campaign] = []
    at = season.start - season.start % DAY_SECONDS + 3 * DAY_SECONDS + 9 * 3600
    while at < season.end:
        moment = datetime.fromtimestamp(at, UTC)
        name = f"newsletter_{moment:%Y_%m_%d}"
        campaigns.append(Campaign(token(12, "campaign", name), name, at))
        at += (7 if moment.month in {11, 12} else 14) * DAY_SECONDS
    return tuple(campaigns)


def profile_id_of(seed: int, person: Person) -> str:
    """Return the email platform's own id of a person."""
    return "01J" + token(23, seed, person.index, "profile").upper()


@dataclass(frozen=True, slots=True)
class Readership:
    """When a person's profile was made, and until when they are mailed."""

    since: float
    until: float


def read_mail(
    journal: Journal,
    person: Person,
    seed: int,
    campaigns: tuple[Campaign, ...],
    readership: Readership,
) -> list[Click]:
    """Note what becomes of each mailing; return the clicks."""
    chance = stream(seed, person.index, "email")
    profile_id = profile_id_of(seed, person)
    clicks: list[Click] = []
    for campaign in campaigns:
        if not readership.since < campaign.sent_at < readership.until:
            continue
        received_at = campaign.sent_at + chance.uniform(30, 1800)
        _keep_event(journal, "Received Email", profile_id, campaign, received_at)
        if chance.random() >= person.open_rate:
            continue
        opened_at = received_at + chance.expovariate(1 / (8 * 3600))
        _keep_event(journal, "Opened Email", profile_id, campaign, opened_at)
        if chance.random() < CLICK_SHARE_OF_OPENS:
            clicked_at = opened_at + chance.uniform(3, 90)
            _keep_event(journal, "Clicked Email", profile_id, campaign, clicked_at)
            clicks.append(Click(clicked_at + 1, campaign.name))
    return [click for click in clicks if click.at < readership.until]


def _keep_event(
    journal: Journal, metric: str, profile_id: str, campaign: Campaign, at: float
) -> None:
    if not journal.is_within(at):
        return
    body = {
        "type": "event",
        "id": token(22, profile_id, campaign.campaign_id, metric),
        "attributes": {
            "timestamp": int(at),
            "datetime": iso(int(at)),
            "event_properties": {
                "Campaign Name": campaign.name,
                "$message": campaign.campaign_id,
                "Subject": f"News of {iso(campaign.sent_at)[:10]}",
            },
            "uuid": token(32, profile_id, campaign.campaign_id, metric, "uuid"),
        },
        "relationships": {
            "profile": {"data": {"type": "profile", "id": profile_id}},
            "metric": {"data": {"type": "metric", "id": METRICS[metric]}},
        },
    }
    journal.keep("klaviyo", "events", body)


def keep_profile(
    journal: Journal,
    person: Person,
    profile_id: str,
    created_at: float,
    known: dict[str, Any],
) -> None:
    """Put a person's profile into the email platform.

    Args:
        journal: Where the document goes.
        person: Who it is about.
        profile_id: The platform's own id.
        created_at: When the platform first knew them, Unix seconds.
        known: ``email``, ``external_id`` (the user id, or None) and ``is_subscribed``.
    """
    attributes = {
        "email": known["email"],
        "external_id": known["external_id"],
        "first_name": person.contact.first_name,
        "last_name": person.contact.last_name,
        "created": iso(created_at),
        "updated": iso(created_at),
        "location": {"city": person.contact.city},
        "subscriptions": _consent(known["is_subscribed"], created_at),
        "properties": {},
    }
    journal.keep(
        "klaviyo",
        "profiles",
        {"type": "profile", "id": profile_id, "attributes": attributes},
    )


def _consent(is_subscribed: bool, since: float) -> dict[str, Any]:
    marketing = {
        "can_receive_email_marketing": is_subscribed,
        "consent": "SUBSCRIBED" if is_subscribed else "NEVER_SUBSCRIBED",
        "consent_timestamp": iso(since) if is_subscribed else None,
    }
    return {"email": {"marketing": marketing}}


def general_documents(
    campaigns: tuple[Campaign, ...],
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what the email platform has besides people: metrics, campaigns, a list."""
    metrics = [
        ("metrics", key, {"type": "metric", "id": key, "attributes": {"name": name}})
        for name, key in METRICS.items()
    ]
    mailings = []
    for campaign in campaigns:
        attributes = {
            "name": campaign.name,
            "status": "Sent",
            "send_time": iso(campaign.sent_at),
            "created_at": iso(campaign.sent_at - DAY_SECONDS),
            "updated_at": iso(campaign.sent_at),
        }
        body = {
            "type": "campaign",
            "id": campaign.campaign_id,
            "attributes": attributes,
        }
        mailings.append(("campaigns", campaign.campaign_id, body))
    newsletter = {"type": "list", "id": LIST_ID, "attributes": {"name": "Newsletter"}}
    return [*metrics, *mailings, ("lists", LIST_ID, newsletter)]
