"""Orders of the last hours, as a shop's server reports them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

_IDS = uuid.UUID("0c8f2f0e-5d0b-5c57-9a43-2f9a37d2a4c1")
_PRODUCTS = (
    ("p-101", "Vintage Kite", "Toys", "12.50"),
    ("p-102", "Nordic Lantern", "Garden", "39.90"),
    ("p-103", "Slate Clock", "Home", "64.00"),
    ("p-104", "Classic Quilt", "Bedroom", "89.00"),
    ("p-105", "Copper Kettle", "Kitchen", "45.25"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """One ``order_completed`` call.

    Attributes:
        message_id: The same for the same order, however often it is made.
        user_id: Who ordered.
        anonymous_id: Their browser.
        at: When, UTC.
        properties: As the tracking plan has them.
        context: Page, campaign and traits, as a browser sends them.
    """

    message_id: str
    user_id: str
    anonymous_id: str
    at: datetime
    properties: dict[str, Any]
    context: dict[str, Any]


def orders(count: int, seed: int, until: datetime) -> Iterator[Order]:
    """Yield orders of the last hours.

    Args:
        count: How many.
        seed: The same seed gives the same orders.
        until: The latest was made then; all lie within three hours before.
    """
    dice = random.Random(seed)
    for number in range(count):
        at = until - timedelta(seconds=dice.uniform(0, 3 * 3600))
        yield _order(number, seed, at.astimezone(UTC), dice)


def _order(number: int, seed: int, at: datetime, dice: random.Random) -> Order:
    order_id = f"o-{seed}-{number:06d}"
    person = dice.randrange(4000)
    chosen = [
        (dice.choice(_PRODUCTS), dice.choice((1, 1, 1, 2, 3)))
        for _ in range(dice.choice((1, 1, 2, 3)))
    ]
    total = sum(Decimal(price) * count for (*_, price), count in chosen)
    return Order(
        str(uuid.uuid5(_IDS, order_id)),
        f"u-{person:05d}",
        f"a-{person:05d}",
        at,
        {
            "order_id": order_id,
            "total": float(total),
            "currency": "USD",
            "products": [
                {
                    "product_id": product_id,
                    "name": name,
                    "category": category,
                    "price": float(price),
                    "quantity": count,
                }
                for (product_id, name, category, price), count in chosen
            ],
        },
        _context(person, dice),
    )


def _context(person: int, dice: random.Random) -> dict[str, Any]:
    click = f"gclid-{person:05d}-{dice.randrange(10**6):06d}"
    return {
        "ip": f"203.0.113.{person % 250 + 1}",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36",
        "page": {
            "url": f"https://shop.example.com/thank-you?gclid={click}",
            "path": "/thank-you",
            "title": "Thank you",
        },
        "campaign": {"source": "google", "medium": "cpc", "name": "autumn"},
        "traits": {
            "email": f"person{person:05d}@mail.example.com",
            "first_name": "Robin",
            "last_name": f"Person{person:05d}",
        },
        "consent": {"categoryPreferences": {"advertising": True, "analytics": True}},
    }
