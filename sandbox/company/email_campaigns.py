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
    "Unsubscribed from Email Marketing": "Uns001",
}
_UNSUBSCRIBED = "Unsubscribed from Email Marketing"
LIST_ID = "NewsL1"
CLICK_SHARE_OF_OPENS = 0.22
UNSUBSCRIBE_SHARE_OF_OPENS = 0.008


@dataclass(frozen=True, slots=True)
class Campaign:
    """One mailing to everybody who subscribes."""

    campaign_id: str
    message_id: str
    name: str
    sent_at: float

    @property
    def subject(self) -> str:
        """What the reader sees first."""
        return f"News of {iso(self.sent_at)[:10]}"


@dataclass(frozen=True, slots=True)
class Click:
    """A click in an email, which is the start of a visit."""

    at: float
    campaign_name: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one person made of the mailings.

    Attributes:
        clicks: Their clicks.
        unsubscribed_at: When they had enough, Unix seconds; None for almost all.
    """

    clicks: list[Click]
    unsubscribed_at: float | None = None


def make_campaigns(season: Season) -> tuple[Campaign, ...]:
    """Return a mailing every fortnight, every week in November and December."""
    campaigns: list[Campaign] = []
    at = season.start - season.start % DAY_SECONDS + 3 * DAY_SECONDS + 9 * 3600
    while at < season.end:
        moment = datetime.fromtimestamp(at, UTC)
        name = f"newsletter_{moment:%Y_%m_%d}"
        message_id = token(12, "campaign message", name)
        campaigns.append(Campaign(token(12, "campaign", name), message_id, name, at))
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
) -> Reading:
    """Note what becomes of each mailing; return what it leads to."""
    chance = stream(seed, person.index, "email")
    patience = stream(seed, person.index, "unsubscribing")
    unsubscribed_at: float | None = None
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
        if patience.random() < UNSUBSCRIBE_SHARE_OF_OPENS:
            at = opened_at + 120
            _keep_event(journal, _UNSUBSCRIBED, profile_id, campaign, at)
            unsubscribed_at = at if journal.is_within(at) else None
            break
    clicks = [click for click in clicks if click.at < readership.until]
    return Reading(clicks, unsubscribed_at)


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
                "$message": campaign.message_id,
                "Subject": campaign.subject,
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
        known: ``email``, ``external_id`` (the user id, or None), ``is_subscribed`` and
            ``unsubscribed_at`` (or None).
    """
    attributes = {
        "email": known["email"],
        "external_id": known["external_id"],
        "first_name": person.contact.first_name,
        "last_name": person.contact.last_name,
        "created": iso(created_at),
        "updated": iso(max(created_at, known["unsubscribed_at"] or created_at)),
        "location": {"city": person.contact.city},
        "subscriptions": _consent(known, created_at),
        "properties": {},
    }
    journal.keep(
        "klaviyo",
        "profiles",
        {"type": "profile", "id": profile_id, "attributes": attributes},
    )


def _consent(known: dict[str, Any], since: float) -> dict[str, Any]:
    was_subscribed, left_at = known["is_subscribed"], known["unsubscribed_at"]
    consent = "SUBSCRIBED" if was_subscribed else "NEVER_SUBSCRIBED"
    if left_at:
        consent = "UNSUBSCRIBED"
    marketing = {
        "can_receive_email_marketing": was_subscribed and not left_at,
        "consent": consent,
        "consent_timestamp": iso(left_at or since) if was_subscribed else None,
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
            "archived": False,
            "scheduled_at": iso(campaign.sent_at - DAY_SECONDS / 2),
            "send_time": iso(campaign.sent_at),
            "created_at": iso(campaign.sent_at - DAY_SECONDS),
            "updated_at": iso(campaign.sent_at),
        }
        body = {
            "type": "campaign",
            "id": campaign.campaign_id,
            "attributes": attributes,
            "relationships": {"campaign-messages": {"data": [_message_key(campaign)]}},
        }
        mailings.append(("campaigns", campaign.campaign_id, body))
        content = {"subject": campaign.subject, "from_email": "news@shop.example.com"}
        definition = {"channel": "email", "label": campaign.name, "content": content}
        message = {**_message_key(campaign), "attributes": {"definition": definition}}
        mailings.append(("campaign_messages", campaign.message_id, message))
    newsletter = {"type": "list", "id": LIST_ID, "attributes": {"name": "Newsletter"}}
    return [*metrics, *mailings, ("lists", LIST_ID, newsletter)]


def _message_key(campaign: Campaign) -> dict[str, str]:
    return {"type": "campaign-message", "id": campaign.message_id}
