"""Invoices, refunds and coupons of the payments tool, one invoice for each order.

The shop's checkout has an invoice made of every payment, and a subscription has one for
each renewal. Amounts are cents; ``total = subtotal - discounts + taxes + shipping``, as
the tool itself adds them up. Source: Stripe's reference of the invoice object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.company.chance import DAY_SECONDS, token
from sandbox.company.journal import Document
from sandbox.company.orders import COUPONS, Order, Refund

RENEWAL_DAYS = 30
REASONS = ("requested_by_customer", "requested_by_customer", "duplicate", None)


def invoice_of(
    seed: int,
    order: Order,
    charge: dict[str, Any],
    subscription: tuple[str, int] | None = None,
) -> dict[str, Any]:
    """Return the invoice of one order, paid by one charge.

    Args:
        seed: The run's seed.
        order: What is invoiced.
        charge: The document of the charge that paid it.
        subscription: Its id and the number of the renewal, from 0; None for others.
    """
    key, at = token(24, seed, "invoice", order.order_id), charge["created"]
    discounts = [_discount(key, order.coupon)] if order.coupon else []
    reason = "manual"
    if subscription:
        reason = "subscription_cycle" if subscription[1] else "subscription_create"
    return {
        "id": f"in_{key}",
        "object": "invoice",
        "number": key[:8].upper(),
        "customer": charge["customer"],
        "currency": charge["currency"],
        "status": "paid",
        "billing_reason": reason,
        "created": at,
        "subtotal": order.subtotal_cents,
        "total": order.total_cents,
        "amount_due": order.total_cents,
        "amount_paid": order.total_cents,
        "amount_remaining": 0,
        "discounts": discounts,
        "total_discount_amounts": [
            {"amount": order.discount_cents, "discount": one["id"]} for one in discounts
        ],
        "total_taxes": [{"amount": order.tax_cents, "tax_behavior": "exclusive"}],
        "shipping_cost": {"amount_total": order.shipping_cents},
        "status_transitions": {"finalized_at": at, "paid_at": at},
        "parent": _parent(subscription),
        "lines": {"object": "list", "has_more": False, "data": _lines(key, order, at)},
        "metadata": {"order_id": order.order_id},
    }


def _parent(subscription: tuple[str, int] | None) -> dict[str, Any] | None:
    if subscription is None:
        return None
    details = {"subscription": subscription[0]}
    return {"type": "subscription_details", "subscription_details": details}


def _discount(key: str, coupon: tuple[str, int]) -> dict[str, Any]:
    return {
        "id": f"di_{key}",
        "object": "discount",
        "source": {"type": "coupon", "coupon": coupon[0]},
        "promotion_code": None,
    }


def _lines(key: str, order: Order, at: int) -> list[dict[str, Any]]:
    """Return the lines; what the coupon takes off is shared out to the cent."""
    percent = order.coupon[1] if order.coupon else 0
    shares = [line.cents * percent // 100 for line in order.lines]
    left = order.discount_cents - sum(shares)  # fewer cents than lines
    period = RENEWAL_DAYS * DAY_SECONDS if order.channel == "subscription" else 0
    return [
        {
            "id": f"il_{key}{number}",
            "object": "line_item",
            "amount": line.cents,
            "currency": "usd",
            "description": line.product.name,
            "quantity": line.quantity,
            "discount_amounts": [
                {"amount": share + (number < left), "discount": f"di_{key}"}
            ]
            if order.coupon
            else [],
            "period": {"start": at, "end": at + int(period)},
            "pricing": {"price_details": _price_details(line.product.product_id)},
        }
        for number, (line, share) in enumerate(zip(order.lines, shares, strict=True))
    ]


def _price_details(product_id: str) -> dict[str, str]:
    key = token(14, "stripe", product_id)
    return {"price": f"price_{key}", "product": f"prod_{key}"}


def refund_of(refund: Refund, order: Order, charge: dict[str, Any]) -> dict[str, Any]:
    """Return the tool's refund of a charge; it bears the id that the shop reports."""
    return {
        "id": refund.refund_id,
        "object": "refund",
        "amount": refund.cents,
        "charge": charge["id"],
        "currency": charge["currency"],
        "created": int(refund.refunded_at),
        "reason": REASONS[refund.cents % len(REASONS)],
        "status": "succeeded",
        "metadata": {"order_id": order.order_id},
    }


class CouponTally:
    """Counts how often each coupon was redeemed."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, documents: Iterable[Document]) -> None:
        """Count the coupons on these documents' invoices."""
        invoices = (one for one in documents if one.object_name == "invoices")
        for document in invoices:
            for discount in document.body["discounts"]:
                self._counts[discount["source"]["coupon"]] += 1

    def documents(self, created_at: float) -> Iterator[Document]:
        """Yield every coupon of the company as the tool shows it."""
        for code, percent in COUPONS:
            body = {
                "id": code,
                "object": "coupon",
                "name": f"{percent} % off one order",
                "percent_off": percent,
                "amount_off": None,
                "currency": None,
                "duration": "once",
                "times_redeemed": self._counts[code],
                "valid": True,
                "created": int(created_at),
            }
            yield Document("stripe", "coupons", code, body)
