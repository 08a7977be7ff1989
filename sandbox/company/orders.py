"""Baskets and money: what an order holds, costs, and gives back."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.company.catalogue import Catalogue, Product
from sandbox.company.chance import poisson_count

COUPONS = (("WELCOME10", 10), ("NEWS15", 15), ("FRIEND20", 20))
COUPON_SHARE, REFUND_SHARE, FULL_REFUND_SHARE = 0.14, 0.06, 0.65
TAX_PER_MILLE, SHIPPING_CENTS, FREE_SHIPPING_CENTS = 80, 590, 7_500
REBUY_SHARE = 0.22


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one product."""

    product: Product
    quantity: int

    @property
    def cents(self) -> int:
        """Price of the line before any discount."""
        return self.product.price_cents * self.quantity

    def as_sent(self) -> dict[str, Any]:
        """Return it as an element of ``products``."""
        sent = self.product.as_viewed()
        del sent["currency"]
        return {**sent, "quantity": self.quantity}


@dataclass(frozen=True, slots=True)
class Order:
    """One order; money in cents, ``total = subtotal - discount + tax + shipping``."""

    order_id: str
    channel: str
    ordered_at: float
    lines: tuple[Line, ...]
    coupon: tuple[str, int] | None = None
    is_taxed: bool = True

    @property
    def subtotal_cents(self) -> int:
        """Sum of the lines."""
        return sum(line.cents for line in self.lines)

    @property
    def discount_cents(self) -> int:
        """What the coupon takes off."""
        return self.subtotal_cents * self.coupon[1] // 100 if self.coupon else 0

    @property
    def tax_cents(self) -> int:
        """Sales tax on what is left after the discount."""
        taxed = self.subtotal_cents - self.discount_cents
        return taxed * TAX_PER_MILLE // 1000 if self.is_taxed else 0

    @property
    def shipping_cents(self) -> int:
        """Shipping, free above a threshold and for what is not taxed."""
        is_free = not self.is_taxed or self.subtotal_cents >= FREE_SHIPPING_CENTS
        return 0 if is_free else SHIPPING_CENTS

    @property
    def total_cents(self) -> int:
        """What the customer is charged."""
        before_tax = self.subtotal_cents - self.discount_cents
        return before_tax + self.tax_cents + self.shipping_cents

    def as_sent(self) -> dict[str, Any]:
        """Return the properties of its ``order_completed``."""
        sent: dict[str, Any] = {
            "order_id": self.order_id,
            "total": self.total_cents / 100,
            "subtotal": self.subtotal_cents / 100,
            "discount": self.discount_cents / 100,
            "tax": self.tax_cents / 100,
            "shipping": self.shipping_cents / 100,
            "currency": "USD",
            "channel": self.channel,
            "products": [line.as_sent() for line in self.lines],
        }
        if self.coupon:
            sent["coupon_code"] = self.coupon[0]
        return sent


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for an order, in cents."""

    refund_id: str
    refunded_at: float
    cents: int
    lines: tuple[Line, ...]

    def as_sent(self, order_id: str) -> dict[str, Any]:
        """Return the properties of its ``order_refunded``."""
        return {
            "order_id": order_id,
            "refund_id": self.refund_id,
            "total": self.cents / 100,
            "currency": "USD",
            "products": [line.as_sent() for line in self.lines],
        }


class Shelf:
    """The catalogue as one person sees it: what they like comes to hand more often."""

    def __init__(self, catalogue: Catalogue, cumulative: list[float]) -> None:
        self._products = catalogue.products
        self._cumulative = cumulative
        self._bought: list[Product] = []

    def choose(self, chance: Random) -> Product:
        """Draw a product by taste."""
        place = bisect_left(self._cumulative, chance.random())
        return self._products[min(place, len(self._products) - 1)]

    def fill_basket(
        self, chance: Random, spend_level: float, scale: float = 1.0
    ) -> tuple[Line, ...]:
        """Draw the lines of one order, at most eight, no product twice."""
        wanted = 1 + min(poisson_count(chance, 0.9 * spend_level), 7)
        quantities: dict[str, Line] = {}
        for _ in range(wanted):
            if self._bought and chance.random() < REBUY_SHARE:
                product = chance.choice(self._bought)
            else:
                product = self.choose(chance)
            drawn = chance.lognormvariate(0.15, 0.55) * spend_level**0.5
            quantity = max(1, round(drawn * scale))
            quantities[product.product_id] = Line(product, quantity)
        self._bought.extend(line.product for line in quantities.values())
        return tuple(quantities.values())


def draw_refund(chance: Random, order: Order) -> Refund | None:
    """Decide whether some or all of an order is given back, 2 to 20 days later."""
    if chance.random() >= REFUND_SHARE:
        return None
    at = order.ordered_at + chance.uniform(2, 20) * 86_400
    refund_id = f"re_{order.order_id}"
    if len(order.lines) == 1 or chance.random() < FULL_REFUND_SHARE:
        return Refund(refund_id, at, order.total_cents, order.lines)
    line = chance.choice(order.lines)
    percent = 100 - (order.coupon[1] if order.coupon else 0)
    return Refund(refund_id, at, line.cents * percent // 100, (line,))
