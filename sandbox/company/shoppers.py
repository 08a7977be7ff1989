"""A person in the shop: logins, sign-ups, checkouts, and what a browser learns."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from sandbox.company.advertising import AdClick
from sandbox.company.chance import stream, token
from sandbox.company.company import Company
from sandbox.company.devices import Devices
from sandbox.company.email_campaigns import LIST_ID
from sandbox.company.journal import Journal, Sender
from sandbox.company.orders import COUPON_SHARE, COUPONS, Line, Order, Shelf
from sandbox.company.people import BUYER, Person
from sandbox.company.season import iso
from sandbox.company.strolls import Stroll, draw_click_count, stroll_about
from sandbox.company.visits import Visit

LOGIN_SHARE, CHECKOUT_LOGIN_SHARE = 0.3, 0.92
SIGN_UP_SHARES = {"retail": 0.18, "visitor": 0.35, "wholesale": 0.0}
CHECKOUT_SIGN_UP_SHARE = 0.72
NEW_EMAIL_SHARE, SECOND_EMAIL_SHARE = 0.12, 0.3
SUBSCRIBE_SHARE = 0.22


@dataclass(frozen=True, slots=True)
class Placed:
    """An order and how it came about.

    Attributes:
        order: What was ordered.
        sender: The device and login it came from.
        email: The address given at checkout.
        cause: Own intent, or the touch without which it would not be.
        touch_message_id: The page view that carried the touch; None for own intent.
        campaign_name: The campaign of that touch; None where it had none.
        ad_click: The click that the visit began with, whether or not it is the cause.
    """

    order: Order
    sender: Sender
    email: str
    cause: str
    touch_message_id: str | None = None
    campaign_name: str | None = None
    ad_click: AdClick | None = None


class Shopper:
    """Walks one person through their visits, in order of time."""

    def __init__(self, company: Company, person: Person, journal: Journal) -> None:
        self.person = person
        self.account_since: float | None = None
        self.email = person.contact.email
        self.emails: dict[str, None] = {}
        self.newsletter_since: float | None = None
        self.unsubscribed_at: float | None = None
        self.subscribed_at: float | None = None
        self.placed: list[Placed] = []
        self.moments: list[tuple[float, Sender]] = []
        self.chance = stream(company.seed, person.index, "journey")
        cumulative = company.catalogue.drawn_to(
            person.category_weights, person.leanings
        )
        self.shelf = Shelf(company.catalogue, cumulative)
        self._company = company
        self._journal = journal
        self._devices = Devices(person, company.seed)

    def visit(self, visit: Visit) -> None:
        """Walk through one visit."""
        browser = self._devices.use()
        stroll = Stroll(self._journal, browser, self._devices.ip, visit)
        clicks = draw_click_count(self.chance)
        if visit.cause is not None:  # the way to the till has clicks enough
            clicks = 1
        stroll_about(stroll, self.shelf, self.chance, self.person.kind, clicks)
        self._perhaps_identify(stroll)
        if visit.cause is not None:
            self._buy(stroll, visit)
        if self.person.kind == BUYER:
            self._perhaps_subscribe(stroll)
        self.moments.append((visit.at, stroll.sender))

    def sender_before(self, at: float) -> Sender:
        """Return the device and login that the person last used before ``at``."""
        place = bisect_right([moment for moment, _ in self.moments], at)
        return self.moments[max(place - 1, 0)][1]

    def shared_ids(self) -> set[str]:
        """Return the anonymous ids of devices that others use too."""
        return {
            browser.anonymous_id
            for browser in self._devices.browsers
            if browser.is_shared
        }

    def account_before(self, at: float) -> str | None:
        """Return the user id, if the person had an account before ``at``."""
        return self.person.user_id if self._has_account(at) else None

    def traits(self) -> dict[str, Any]:
        """Return what the shop knows of an account holder."""
        contact = self.person.contact
        known = {
            "email": self.email,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "phone": contact.phone,
            "birth_date": contact.birth_date.isoformat(),
            "gender": contact.gender,
            "city": contact.city,
            "country_code": contact.country_code,
            "customer_type": "wholesale" if contact.company_name else "retail",
        }
        if contact.company_name:
            known["company_name"] = contact.company_name
        if self.account_since is not None:
            known["created_at"] = iso(self.account_since)
        self.emails[self.email] = None
        return known

    def _has_account(self, at: float) -> bool:
        return self.account_since is not None and self.account_since <= at

    def _perhaps_identify(self, stroll: Stroll) -> None:
        person, chance = self.person, self.chance
        if self._has_account(stroll.at):
            if stroll.browser.user_id is None and chance.random() < LOGIN_SHARE:
                self._log_in(stroll)
        elif person.may_sign_up and chance.random() < SIGN_UP_SHARES[person.kind]:
            self._sign_up(stroll)
        if person.is_reader and self.newsletter_since is None:
            self._join_newsletter(stroll)

    def _log_in(self, stroll: Stroll) -> None:
        second = self.person.contact.second_email
        stroll.open("/login", "Log in")
        stroll.browser.user_id = self.person.user_id
        if second and self.email != second and self.chance.random() < NEW_EMAIL_SHARE:
            self.email = second  # the account moves to another address
        known = self.traits()
        stroll.identify({key: known[key] for key in ("email", "first_name")})
        stroll.track("signed_in", {"method": "password"})

    def _sign_up(self, stroll: Stroll) -> None:
        stroll.open("/register", "Open an account")
        self.account_since = stroll.at
        stroll.browser.user_id = self.person.user_id
        stroll.identify(self.traits())
        stroll.track("signed_up", {"method": self.chance.choice(("email", "google"))})

    def _join_newsletter(self, stroll: Stroll) -> None:
        self.newsletter_since = stroll.at
        self.emails[self.email] = None
        if stroll.browser.user_id is None:
            stroll.identify({"email": self.email})
        stroll.track("newsletter_subscribed", {"list_id": LIST_ID})

    def _identify_for_checkout(self, stroll: Stroll) -> str:
        """Log in, sign up or stay a guest; return the address on the receipt."""
        chance, contact = self.chance, self.person.contact
        if self._has_account(stroll.at):
            if stroll.browser.user_id is None:
                if chance.random() < CHECKOUT_LOGIN_SHARE:
                    self._log_in(stroll)
            else:
                return self.email
        elif self.person.may_sign_up and chance.random() < CHECKOUT_SIGN_UP_SHARE:
            self._sign_up(stroll)
        if stroll.browser.user_id is not None:
            return self.email
        is_second = contact.second_email and chance.random() < SECOND_EMAIL_SHARE
        email = contact.second_email if is_second and contact.second_email else None
        guest = {"email": email or self.email, "first_name": contact.first_name}
        self.emails[guest["email"]] = None
        stroll.identify({**guest, "last_name": contact.last_name})
        return guest["email"]

    def _buy(self, stroll: Stroll, visit: Visit) -> None:
        chance, person = self.chance, self.person
        number = len(self.placed)
        lines = self.shelf.fill_basket(chance, person.spend_level)
        cart_id = token(12, self._company.seed, person.index, "cart", number)
        self._fill_cart(stroll, cart_id, lines)
        stroll.pause(chance)
        stroll.open("/checkout", "Checkout")
        coupon = chance.choice(COUPONS) if chance.random() < COUPON_SHARE else None
        order = Order(
            order_id=f"o{token(11, self._company.seed, person.index, 'order', number)}",
            channel=stroll.browser.source_id,
            ordered_at=stroll.at + 60,
            lines=lines,
            coupon=coupon,
        )
        started = {"cart_id": cart_id, "order_value": order.subtotal_cents / 100}
        stroll.track("checkout_started", {**started, "currency": "USD"})
        if coupon:
            applied = {"coupon_code": coupon[0], "cart_id": cart_id}
            off = order.discount_cents / 100
            stroll.track("coupon_applied", {**applied, "discount": off})
        email = self._identify_for_checkout(stroll)
        stroll.at = order.ordered_at
        self._complete(stroll, visit, order, email)

    def _complete(self, stroll: Stroll, visit: Visit, order: Order, email: str) -> None:
        caused = visit.cause if visit.cause is not None else "own_intent"
        is_own = caused == "own_intent"
        campaign_name = dict(visit.entry.campaign).get("name")
        placed = Placed(
            order=order,
            sender=stroll.sender,
            email=email,
            cause=caused,
            touch_message_id=None if is_own else stroll.landing_message_id,
            campaign_name=None if is_own else campaign_name,
            ad_click=visit.entry.ad_click,
        )
        self.placed.append(placed)
        stroll.at += 3
        stroll.open("/thank-you", "Thank you")

    def _fill_cart(self, stroll: Stroll, cart_id: str, lines: tuple[Line, ...]) -> None:
        for place, line in enumerate(lines):
            stroll.pause(self.chance)
            if place < 3:
                stroll.look_at(line.product)
            added = line.as_sent()
            del added["sku"]
            added.update(cart_id=cart_id, currency="USD")
            stroll.track("product_added", added)
        stroll.pause(self.chance)
        stroll.open("/cart", "Cart")
        stroll.track("cart_viewed", {"cart_id": cart_id})

    def _perhaps_subscribe(self, stroll: Stroll) -> None:
        """Account holders who come after the launch may join the programme."""
        launched = stroll.at >= self._company.season.launched_at
        if self.subscribed_at is not None or stroll.browser.user_id is None:
            return
        if launched and self.chance.random() < SUBSCRIBE_SHARE:
            stroll.pause(self.chance)
            stroll.open("/subscription", "The Box")
            stroll.pause(self.chance)
            stroll.open("/subscription/checkout", "Subscribe")
            self.subscribed_at = stroll.at + 30
