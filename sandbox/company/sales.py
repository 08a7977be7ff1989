"""The sales team: enquiries, leads, accounts, opportunities, wholesale orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.company.chance import DAY_SECONDS, lognormal, stream, token
from sandbox.company.company import Company
from sandbox.company.journal import Journal, Sender
from sandbox.company.orders import Order
from sandbox.company.payments import Payments
from sandbox.company.people import BUYER, Person
from sandbox.company.sales_activities import Course, keep_activities, keep_stages
from sandbox.company.salesforce_ids import salesforce_id
from sandbox.company.season import at_some_hour, iso
from sandbox.company.shoppers import Placed, Shopper

QUALIFIED_SHARE, CONVERTED_SHARE, WON_SHARE = 0.78, 0.75, 0.6
LOYAL_ORDER_COUNT, LOYAL_LEAD_SHARE = 5, 0.35
OFFLINE_SOURCE = "Trade Show"
OPEN_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Unqualified")


def _stamp(at: float) -> str:
    return iso(at).replace("Z", "+0000")


@dataclass(frozen=True, slots=True)
class Deal:
    """How an enquiry goes: each step's moment, Unix seconds, or None."""

    enquired_at: float
    qualified_at: float | None
    converted_at: float | None


class Sales:
    """What the sales team does with one person.

    Args:
        company: The company.
        journal: Where events, documents and truth go.
        shopper: The person, whose visits are walked or about to be.
    """

    def __init__(self, company: Company, journal: Journal, shopper: Shopper) -> None:
        self.lead_id: str | None = None
        self._company = company
        self._journal = journal
        self._shopper = shopper
        self._person: Person = shopper.person
        self._key = (company.seed, shopper.person.index)
        self._chance = stream(*self._key, "sales")

    def plan(self, first_visit_at: float) -> Deal:
        """Decide how a wholesale enquiry made at the first visit goes on."""
        chance = self._chance
        enquired_at = first_visit_at + 900
        qualified_at = converted_at = None
        if chance.random() < QUALIFIED_SHARE:
            qualified_at = enquired_at + chance.uniform(1, 9) * DAY_SECONDS
            if chance.random() < CONVERTED_SHARE:
                converted_at = qualified_at + chance.uniform(2, 20) * DAY_SECONDS
        end = self._company.season.end
        return Deal(
            enquired_at,
            qualified_at if qualified_at and qualified_at < end else None,
            converted_at if converted_at and converted_at < end else None,
        )

    def enquire(self, sender: Sender, deal: Deal) -> None:
        """Report the enquiry from the device it was made on."""
        contact, at = self._person.contact, deal.enquired_at
        who = {"email": contact.email, "company_name": contact.company_name}
        self._journal.identify(sender, at, who)
        employees = self._employee_count()
        enquiry = {"company_name": contact.company_name, "employee_count": employees}
        self._journal.track(sender, at + 1, "wholesale_enquiry_submitted", enquiry)

    def _employee_count(self) -> int:
        return int(lognormal(stream(*self._key, "employees"), 24, 0.9)) + 1

    def work(self, deal: Deal, payments: Payments) -> None:
        """Note the lead and, where it converts, all that follows."""
        if deal.enquired_at >= self._company.season.end:
            return
        status = self._chance.choice(OPEN_STATUSES)
        if deal.qualified_at is not None:
            status = "Qualified"
        source = self._chance.choice(("Web", "Web", OFFLINE_SOURCE, "Partner Referral"))
        self._keep_lead(deal, status, source)
        if deal.converted_at is None:
            return
        contact, at = self._person.contact, deal.converted_at
        account_id = self._id("001", "account")
        self._keep(
            "Account", account_id, at,
            Name=contact.company_name,
            Industry=contact.industry,
            Customer_Type__c=self._customer_type(),
            BillingCountry=contact.country_code,
        )  # fmt: skip
        self._keep(
            "Contact", self._id("003", "contact"), at,
            AccountId=account_id,
            Email=contact.email,
            FirstName=contact.first_name,
            LastName=contact.last_name,
            Phone=contact.phone,
        )  # fmt: skip
        self._open_account(at)
        self._sell(deal.converted_at, account_id, payments)

    def _address(self, source: str) -> str | None:
        """What the lead says; cards from a fair have a telephone number and no more."""
        if self._person.contact.company_name is None:
            return self._shopper.email
        return None if source == OFFLINE_SOURCE else self._person.contact.email

    def _as_typed(self, name: str) -> str:
        """Return a name as it was typed: one in twelve lacks its last letter."""
        chance = stream(*self._key, "typing")
        return name[:-1] if chance.random() < 1 / 12 else name

    def _customer_type(self) -> str | None:
        """The flag is set by hand, and now and then forgotten."""
        return "Wholesale" if self._chance.random() < 0.92 else None

    def _open_account(self, at: float) -> None:
        sender = Sender("server", None, self._person.user_id)
        self._journal.identify(sender, at, self._shopper.traits())

    def _sell(self, since: float, account_id: str, payments: Payments) -> None:
        """Orders on account about every three weeks, with an opportunity each."""
        chance, end = self._chance, self._company.season.end
        gap_days = lognormal(chance, 18, 0.35)
        at, number = since + chance.uniform(0.5, 6) * DAY_SECONDS, 0
        while at < end + 20 * DAY_SECONDS:
            at = at_some_hour(chance, at)
            lines = self._shopper.shelf.fill_basket(
                chance, self._person.spend_level + 1.5, chance.uniform(2.5, 9)
            )
            order_id = f"o{token(11, *self._key, 'wholesale', number)}"
            order = Order(order_id, "wholesale", at, lines, is_taxed=False)
            is_won = self._close(order, account_id, number, since)
            if is_won:
                sender = Sender("server", None, self._person.user_id)
                placed = Placed(order, sender, self._person.contact.email, "sales")
                payments.take(placed)
            at += gap_days * chance.uniform(0.5, 1.6) * DAY_SECONDS
            number += 1

    def _close(self, order: Order, account_id: str, number: int, since: float) -> bool:
        chance, end = self._chance, self._company.season.end
        is_won = number == 0 or chance.random() < WON_SHARE + 0.25
        opened_at = order.ordered_at - chance.uniform(0.3, 15) * DAY_SECONDS
        opened_at = max(opened_at, since + 60)
        if opened_at >= end:
            return is_won
        is_closed = order.ordered_at < end
        open_stage = chance.choice(("Prospecting", "Proposal/Price Quote"))
        closed_stage = "Closed Won" if is_won else "Closed Lost"
        opportunity_id = self._id("006", "opportunity", number)
        worth: dict[str, Any] = {"Amount": order.total_cents / 100}
        worth["CloseDate"] = iso(order.ordered_at)[:10]
        self._keep(
            "Opportunity", opportunity_id, opened_at,
            touched_at=order.ordered_at if is_closed else opened_at,
            AccountId=account_id,
            Name=f"{self._person.contact.company_name} order {number + 1}",
            StageName=closed_stage if is_closed else open_stage,
            IsClosed=is_closed,
            IsWon=is_closed and is_won,
            **worth,
        )  # fmt: skip
        stages = [(opened_at, open_stage)]
        stages += [(order.ordered_at, closed_stage)] if is_closed else []
        keep_stages(self._keep, opportunity_id, stages, **worth)
        return is_won

    def note_loyalty(self) -> None:
        """Repeat digital purchasers now and then become a lead of the sales team."""
        placed = self._shopper.placed
        if self._person.kind != BUYER or len(placed) < LOYAL_ORDER_COUNT:
            return
        if self._chance.random() >= LOYAL_LEAD_SHARE:
            return
        at = placed[LOYAL_ORDER_COUNT - 1].order.ordered_at + DAY_SECONDS
        if at < self._company.season.end - DAY_SECONDS:
            is_qualified = self._chance.random() < 0.55
            status = "Qualified" if is_qualified else self._chance.choice(OPEN_STATUSES)
            qualified_at = at + 3600 if is_qualified else None
            self._keep_lead(Deal(at, qualified_at, None), status, "Repeat Purchaser")

    def _keep_lead(self, deal: Deal, status: str, source: str) -> None:
        contact, is_converted = self._person.contact, deal.converted_at is not None
        self.lead_id = self._id("00Q", "lead")
        email = self._address(source)
        if email:
            self._shopper.emails[email] = None
        self._keep(
            "Lead", self.lead_id, deal.enquired_at + 60,
            touched_at=deal.converted_at or deal.qualified_at or deal.enquired_at + 60,
            Email=email,
            FirstName=self._as_typed(contact.first_name),
            LastName=contact.last_name,
            Phone=contact.phone if contact.company_name else None,
            Company=contact.company_name or "[not provided]",
            LeadSource=source,
            Status="Closed - Converted" if is_converted else status,
            NumberOfEmployees=self._employee_count() if contact.company_name else None,
            City=contact.city if contact.company_name else None,
            Country=contact.country_code,
            IsConverted=is_converted,
            ConvertedAccountId=self._id("001", "account") if is_converted else None,
            ConvertedContactId=self._id("003", "contact") if is_converted else None,
            ConvertedDate=iso(deal.converted_at)[:10] if deal.converted_at else None,
        )  # fmt: skip
        who_id = self._id("003", "contact") if is_converted else self.lead_id
        course = Course(deal.enquired_at, deal.qualified_at, deal.converted_at)
        end = self._company.season.end
        keep_activities(self._keep, who_id, course, end, *self._key)

    def _id(self, prefix: str, *key: object) -> str:
        return salesforce_id(prefix, *self._key, *key)

    def _keep(
        self,
        object_name: str,
        record_id: str,
        at: float,
        touched_at: float | None = None,
        **fields: Any,
    ) -> None:
        body = {
            "Id": record_id,
            "IsDeleted": False,
            **fields,
            "CreatedDate": _stamp(at),
            "LastModifiedDate": _stamp(touched_at or at),
            "SystemModstamp": _stamp(touched_at or at),
        }
        self._journal.keep("salesforce", object_name, body)
