"""Orders as the shop's back end reports them and the payments tool charges them."""

from __future__ import annotations

from typing import Any

from sandbox.company.catalogue import PLANS, Catalogue, Product
from sandbox.company.chance import stream, token
from sandbox.company.invoices import invoice_of, refund_of
from sandbox.company.journal import Journal
from sandbox.company.orders import Refund, draw_refund
from sandbox.company.people import Person
from sandbox.company.season import utc
from sandbox.company.shoppers import Placed
from sandbox.company.storefront import Storefront

SECONDS_TO_CHARGE = 1


class Payments:
    """Takes one person's money, and gives some of it back.

    Args:
        journal: Where events, documents and truth go.
        seed: The run's seed.
        person: Who pays.
    """

    def __init__(self, journal: Journal, seed: int, person: Person) -> None:
        self.customer_ids: dict[str, float] = {}
        self.storefront = Storefront(journal, seed, person)
        self._journal = journal
        self._seed = seed
        self._person = person
        self._chance = stream(seed, person.index, "payments")

    def take(self, placed: Placed, *, renewal: tuple[str, int] | None = None) -> None:
        """Report an order, charge it, and report what is refunded of it.

        Args:
            placed: The order.
            renewal: A subscription's id and the number of the renewal, from 0, if this
                is one; renewals are not refunded.
        """
        order, journal = placed.order, self._journal
        if not journal.is_within(order.ordered_at):
            return
        server = placed.sender.on_server()
        journal.track(server, order.ordered_at, "order_completed", order.as_sent())
        refund = None if renewal else draw_refund(self._chance, order)
        if refund and not journal.is_within(refund.refunded_at):
            refund = None
        if refund:
            given = refund.as_sent(order.order_id)
            journal.track(server, refund.refunded_at, "order_refunded", given)
        self._keep_payment(placed, refund, renewal)
        self.storefront.keep_order(placed, refund)
        journal.know(
            "order_causes",
            person_id=self._person.person_id,
            order_id=order.order_id,
            cause=placed.cause,
            touch_message_id=placed.touch_message_id,
            campaign_name=placed.campaign_name,
            ordered_at=utc(order.ordered_at),
        )
        self._know_effect(placed)

    def _know_effect(self, placed: Placed) -> None:
        """Write down whether the ad that the visit came from caused its order."""
        click, order = placed.ad_click, placed.order
        if click is None:
            return
        self._journal.know(
            "ad_effects",
            person_id=self._person.person_id,
            order_id=order.order_id,
            platform=click.ad.platform,
            campaign_name=click.ad.campaign_name,
            ad_id=click.ad.ad_id,
            click_id=click.click_id,
            is_caused=placed.touch_message_id is not None,
            order_amount=order.total_cents / 100,
            clicked_at=utc(click.at),
            ordered_at=utc(order.ordered_at),
        )

    def customer_id(self, user_id: str | None, email: str, at: float) -> str:
        """Return the payments tool's id of this login or guest; make it at first."""
        key = user_id or email
        customer_id = "cus_" + token(14, self._seed, "customer", key)
        if customer_id not in self.customer_ids:
            self.customer_ids[customer_id] = at
            contact = self._person.contact
            body = {
                "id": customer_id,
                "object": "customer",
                "email": email,
                "name": f"{contact.first_name} {contact.last_name}",
                "address": {"country": contact.country_code, "city": contact.city},
                "created": int(at),
                "metadata": {"user_id": user_id} if user_id else {},
            }
            self._journal.keep("stripe", "customers", body)
        return customer_id

    def _keep_payment(
        self, placed: Placed, refund: Refund | None, renewal: tuple[str, int] | None
    ) -> None:
        charge = self._charge_of(placed, refund)
        invoice = invoice_of(self._seed, placed.order, charge, renewal)
        self._journal.keep("stripe", "charges", charge)
        self._journal.keep("stripe", "invoices", invoice)
        if refund:
            given_back = refund_of(refund, placed.order, charge)
            self._journal.keep("stripe", "refunds", given_back)

    def _charge_of(self, placed: Placed, refund: Refund | None) -> dict[str, Any]:
        order = placed.order
        user_id = placed.sender.user_id
        at = order.ordered_at + SECONDS_TO_CHARGE
        refunded = refund.cents if refund else 0
        return {
            "id": "ch_" + token(24, self._seed, "charge", order.order_id),
            "object": "charge",
            "amount": order.total_cents,
            "amount_refunded": refunded,
            "refunded": refunded == order.total_cents,
            "currency": "usd",
            "customer": self.customer_id(user_id, placed.email, at),
            "created": int(at),
            "status": "succeeded",
            "paid": True,
            "metadata": {"order_id": order.order_id},
            "billing_details": {"email": placed.email},
        }


def product_documents(
    catalogue: Catalogue, created_at: float
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the products and prices of the payments tool, as (object, id, body)."""
    documents = []
    for product in (*catalogue.products, *catalogue.boxes):
        price = _price_of(product, created_at)
        body = {
            "id": "prod_" + token(14, "stripe", product.product_id),
            "object": "product",
            "name": product.name,
            "active": True,
            "created": int(created_at),
            "updated": int(created_at),
            "default_price": price,
            "metadata": {
                "product_id": product.product_id,
                "sku": product.sku,
                "category": product.category,
                "cost": str(product.cost_cents),
            },
        }
        documents.append(("products", str(body["id"]), body))
        documents.append(("prices", str(price["id"]), price))
    return documents


def _price_of(product: Product, created_at: float) -> dict[str, Any]:
    plan_names = {f"{name} Box": name for name, _ in PLANS}
    plan_name = plan_names.get(product.name)
    return {
        "id": "price_" + token(14, "stripe", product.product_id),
        "object": "price",
        "type": "recurring" if plan_name else "one_time",
        "nickname": plan_name,
        "recurring": {"interval": "month", "interval_count": 1} if plan_name else None,
        "product": "prod_" + token(14, "stripe", product.product_id),
        "unit_amount": product.price_cents,
        "currency": "usd",
        "created": int(created_at),
        "active": True,
    }
