"""One person's whole life with the company, from first visit to last charge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.company.advertising import AdClick
from sandbox.company.advertising_reports import Claim, claims_of
from sandbox.company.chance import DAY_SECONDS, stream
from sandbox.company.company import Company
from sandbox.company.dirt import make_dirty
from sandbox.company.email_campaigns import (
    Readership,
    keep_profile,
    profile_id_of,
    read_mail,
)
from sandbox.company.hubspot_records import keep_hubspot
from sandbox.company.journal import Document, Event, Journal
from sandbox.company.payments import Payments
from sandbox.company.people import WHOLESALE, Custom, make_person, plan_custom
from sandbox.company.sales import Sales
from sandbox.company.shoppers import Shopper
from sandbox.company.subscription_reports import report
from sandbox.company.subscriptions import Subscription
from sandbox.company.support import HelpDesk, contacts_about_orders
from sandbox.company.truth_rows import know_identifiers, know_person
from sandbox.company.visits import Visit, plan_visits, visits_from_email

MAILED_AFTER_LEAVING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Life:
    """What one person leaves behind.

    Attributes:
        events: As they are sent.
        documents: What tools know.
        truth: What nobody knows but the sandbox.
        ad_clicks: Clicks on ads, each the start of a visit.
        ad_claims: Orders that the advertising platforms claim.
    """

    events: list[Event]
    documents: list[Document]
    truth: dict[str, list[dict[str, Any]]]
    ad_clicks: list[AdClick] = field(default_factory=list)
    ad_claims: list[Claim] = field(default_factory=list)


def live_all(company: Company, indexes: Iterable[int]) -> Iterator[Life]:
    """Yield the lives of these persons, one after the other, in constant memory."""
    for index in indexes:
        yield live(company, index)


def live(company: Company, index: int) -> Life:
    """Return the life of person number ``index``, whoever else there is."""
    person = make_person(company.seed, index, company.season)
    journal = Journal(company.seed, index, company.season.end)
    shopper = Shopper(company, person, journal)
    payments = Payments(journal, company.seed, person)
    custom = plan_custom(person, company.seed, company.season)
    visits = _plan_all_visits(company, journal, shopper, custom)
    lead_id = _shop_and_sell(company, journal, shopper, visits, payments)
    requester_id = _subscribe_and_ask(company, journal, shopper, payments)
    payments.storefront.keep_customers()
    profile_id = _keep_profile(company, journal, shopper)
    contact_id = keep_hubspot(journal, person, company.seed)
    know_person(journal, person, custom)
    know_identifiers(
        journal,
        shopper,
        payments_customer_id=payments.customer_ids,
        lead_id=[lead_id],
        support_requester_id=[requester_id],
        email_profile_id=[profile_id],
        marketing_contact_id=[contact_id],
        shop_customer_id=[str(one) for one in payments.storefront.customer_ids],
    )
    events = make_dirty(journal, company.seed, index, company.dirty_share)
    clicks = [visit.entry.ad_click for visit in visits if visit.entry.ad_click]
    claims = claims_of(clicks, shopper.placed, company.season.end)
    return Life(events, journal.documents, journal.truth, clicks, claims)


def _plan_all_visits(
    company: Company, journal: Journal, shopper: Shopper, custom: Custom
) -> list[Visit]:
    person = shopper.person
    visits = plan_visits(person, custom, company.seed, company.season)
    if not person.is_reader or not visits:
        return visits
    left_at = custom.left_at + MAILED_AFTER_LEAVING_DAYS * DAY_SECONDS
    mailed = Readership(visits[0].at, min(left_at, company.season.end))
    reading = read_mail(journal, person, company.seed, company.campaigns, mailed)
    shopper.unsubscribed_at = reading.unsubscribed_at
    visits += visits_from_email(person, reading.clicks, company.seed)
    return sorted(visits, key=lambda visit: visit.at)


def _shop_and_sell(
    company: Company,
    journal: Journal,
    shopper: Shopper,
    visits: list[Visit],
    payments: Payments,
) -> str | None:
    """Walk all visits, charge all orders; return the lead's id, if there is one."""
    sales = Sales(company, journal, shopper)
    deal = None
    for visit in visits:
        shopper.visit(visit)
        if deal is None and shopper.person.kind == WHOLESALE:
            deal = sales.plan(visit.at)
            sales.enquire(shopper.sender_before(visit.at), deal)
            shopper.account_since = deal.converted_at
    for placed in shopper.placed:
        payments.take(placed)
    if deal is not None:
        sales.work(deal, payments)
    sales.note_loyalty()
    return sales.lead_id


def _subscribe_and_ask(
    company: Company, journal: Journal, shopper: Shopper, payments: Payments
) -> int | None:
    """Live the subscription and the contacts; return the help desk's id, if any."""
    contacts = contacts_about_orders(
        shopper.person, shopper.placed, company.seed, company.season.end
    )
    subscribed_at = shopper.subscribed_at
    if subscribed_at is not None and journal.is_within(subscribed_at + 2):
        subscription = Subscription(company, journal, shopper, contacts)
        subscription.live()
        report(subscription, journal, payments)
    desk = HelpDesk(journal, company.seed, shopper)
    desk.note(contacts)
    return desk.requester_id


def _keep_profile(company: Company, journal: Journal, shopper: Shopper) -> str | None:
    """Keep the email platform's profile of whoever gave it an address."""
    since = shopper.newsletter_since or shopper.account_since
    if since is None or not journal.is_within(since):
        return None
    has_account = shopper.account_since is not None
    knows_login = stream(company.seed, shopper.person.index, "profile").random() < 0.7
    known = {
        "email": shopper.person.contact.email,
        "external_id": shopper.person.user_id if has_account and knows_login else None,
        "is_subscribed": shopper.newsletter_since is not None,
        "unsubscribed_at": shopper.unsubscribed_at,
    }
    profile_id = profile_id_of(company.seed, shopper.person)
    keep_profile(journal, shopper.person, profile_id, since, known)
    return profile_id
