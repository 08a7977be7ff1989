"""Orders, customers and products as the shop's own system, Shopify, keeps them.

It holds every order that the back end reports. An order's own number stands in its
attribute ``order_id``, as an integration writes it that numbers orders elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.company.journal import Journal
from sandbox.company.orders import Refund
from sandbox.company.people import Person
from sandbox.company.shoppers import Placed
from sandbox.company.storefront_documents import (
    amounts_of,
    contents_of,
    moment,
    money,
    number_of,
    refund_of,
)

SOURCE_NAMES = {
    "mobile": "iphone",
    "wholesale": "shopify_draft_order",
    "subscription": "subscription_contract",
}


@dataclass(slots=True)
class _Customer:
    """What the shop knows of who uses one address."""

    since: float
    updated_at: float
    user_id: str | None = None
    order_count: int = 0
    spent_cents: int = 0


class Storefront:
    """Keeps what one person ordered.

    Args:
        journal: Where documents go.
        seed: The run's seed.
        person: Who orders.
    """

    def __init__(self, journal: Journal, seed: int, person: Person) -> None:
        self._journal = journal
        self._seed = seed
        self._person = person
        self._customers: dict[str, _Customer] = {}

    @property
    def customer_ids(self) -> list[int]:
        """Shopify's numbers of this person, one for each address."""
        return [self._customer_id(email) for email in self._customers]

    def keep_order(self, placed: Placed, refund: Refund | None) -> None:
        """Keep an order with its lines, discounts and what was given back."""
        order = placed.order
        self._count(placed, refund)
        status = "paid"
        if refund:
            is_whole = refund.cents == order.total_cents
            status = "refunded" if is_whole else "partially_refunded"
        number = number_of(self._seed, "order", order.order_id)
        body = {
            "id": number,
            "name": f"#{number % 10**8}",
            "order_number": number % 10**8,
            "email": placed.email,
            "currency": "USD",
            "financial_status": status,
            "fulfillment_status": "fulfilled",
            "source_name": SOURCE_NAMES.get(order.channel, order.channel),
            "test": False,
            "customer": {"id": self._customer_id(placed.email), "email": placed.email},
            "note_attributes": [{"name": "order_id", "value": order.order_id}],
            "created_at": moment(order.ordered_at),
            "processed_at": moment(order.ordered_at),
            "updated_at": moment(refund.refunded_at if refund else order.ordered_at),
            "closed_at": moment(refund.refunded_at) if refund else None,
            "cancelled_at": None,
            **amounts_of(order),
            **contents_of(order, number),
            "refunds": [refund_of(order, number, refund)] if refund else [],
        }
        self._journal.keep("shopify", "orders", body)

    def keep_customers(self) -> None:
        """Keep who ordered, one for each address that was given."""
        contact = self._person.contact
        for email, known in self._customers.items():
            body = {
                "id": self._customer_id(email),
                "email": email,
                "first_name": contact.first_name,
                "last_name": contact.last_name,
                "state": "enabled" if known.user_id else "disabled",
                "verified_email": True,
                "currency": "USD",
                "orders_count": known.order_count,
                "total_spent": money(known.spent_cents),
                "multipass_identifier": known.user_id,
                "default_address": {
                    "city": contact.city,
                    "country_code": contact.country_code,
                },
                "created_at": moment(known.since),
                "updated_at": moment(known.updated_at),
            }
            self._journal.keep("shopify", "customers", body)

    def _customer_id(self, email: str) -> int:
        return number_of(self._seed, "customer", email)

    def _count(self, placed: Placed, refund: Refund | None) -> None:
        order = placed.order
        at, changed_at = order.ordered_at, order.ordered_at
        known = self._customers.setdefault(placed.email, _Customer(at, at))
        if refund:
            changed_at = refund.refunded_at
        known.since = min(known.since, at)
        known.updated_at = max(known.updated_at, changed_at)
        known.user_id = placed.sender.user_id or known.user_id
        known.order_count += 1
        known.spent_cents += order.total_cents - (refund.cents if refund else 0)
