"""What the shop sells: products, their prices, and what draws people to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.company.chance import stream, token

CATEGORIES = {
    "Kitchen": ("Kettle", "Saucepan", "Mixing Bowl", "Chef Knife", "Mug", "Tea Towel"),
    "Garden": ("Planter", "Watering Can", "Bird Feeder", "Lantern", "Trowel", "Bench"),
    "Bedroom": ("Duvet Cover", "Pillow", "Throw", "Bedside Lamp", "Quilt", "Sheet Set"),
    "Bath": ("Bath Towel", "Soap Dish", "Bath Mat", "Mirror", "Robe", "Candle"),
    "Office": ("Notebook", "Desk Lamp", "Pen Set", "Planner", "Desk Tidy", "Chair"),
    "Toys": ("Puzzle", "Wooden Train", "Kite", "Board Game", "Doll", "Blocks"),
    "Gifts": ("Gift Box", "Card Set", "Photo Frame", "Ornament", "Hamper", "Vase"),
    "Outdoor": ("Flask", "Picnic Rug", "Hammock", "Camp Stove", "Tent", "Cool Bag"),
}
STYLES = ("Classic", "Nordic", "Vintage", "Bright", "Slate")
TASTE_FACTORS = 4
PLANS = (("Essentials", 1400), ("Plus", 2400), ("Premium", 3900))


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on sale; money in cents."""

    product_id: str
    sku: str
    name: str
    category: str
    price_cents: int
    cost_cents: int
    popularity: float
    factors: tuple[float, ...]

    @property
    def path(self) -> str:
        """The path of its page in the web shop."""
        return "/products/" + self.name.lower().replace(" ", "-")

    def as_viewed(self) -> dict[str, Any]:
        """Return the properties that describe it in a ``product_viewed``."""
        return {
            "product_id": self.product_id,
            "sku": self.sku,
            "name": self.name,
            "category": self.category,
            "price": self.price_cents / 100,
            "currency": "USD",
        }


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything on sale.

    Attributes:
        products: The shop's range; the place of a product is its number.
        boxes: One product per subscription plan, sold by subscription alone.
        attraction: Logarithm of popularity, one per product.
        factors: Latent factors, one row per product.
        categories: The number of each product's category.
    """

    products: tuple[Product, ...]
    boxes: tuple[Product, ...]
    attraction: npt.NDArray[np.float64]
    factors: npt.NDArray[np.float64]
    categories: npt.NDArray[np.int64]

    def drawn_to(
        self, category_weights: tuple[float, ...], leanings: tuple[float, ...]
    ) -> list[float]:
        """Return cumulative weights with which a person with this taste chooses."""
        weights = np.exp(self.attraction + self.factors @ np.array(leanings))
        weights *= np.array(category_weights)[self.categories]
        return [float(weight) for weight in np.cumsum(weights / weights.sum())]


def _make_product(seed: int, number: int) -> Product:
    chance = stream(seed, "product", number)
    category = list(CATEGORIES)[number % len(CATEGORIES)]
    noun = CATEGORIES[category][number // 8 % 6]
    price = max(3.0, 22.0 * math.exp(0.85 * chance.gauss(0, 1)))
    price_cents = round(price) * 100 - chance.choice((1, 5, 50))
    return Product(
        product_id=f"p{number + 1:04d}",
        sku=f"{category[:3].upper()}-{token(6, seed, 'sku', number).upper()}",
        name=f"{STYLES[number // 48]} {noun}",
        category=category,
        price_cents=price_cents,
        cost_cents=round(price_cents * chance.uniform(0.35, 0.65)),
        popularity=math.exp(1.4 * chance.gauss(0, 1)),
        factors=tuple(chance.gauss(0, 1) for _ in range(TASTE_FACTORS)),
    )


def _make_box(number: int) -> Product:
    plan, cents = PLANS[number]
    return Product(
        product_id=f"box{number + 1}",
        sku=f"BOX-{plan.upper()}",
        name=f"{plan} Box",
        category="Subscription",
        price_cents=cents,
        cost_cents=round(cents * 0.55),
        popularity=0.0,
        factors=(0.0,) * TASTE_FACTORS,
    )


def make_catalogue(seed: int) -> Catalogue:
    """Return the range of the shop: the same for any number of customers."""
    count = len(CATEGORIES) * 6 * len(STYLES)
    products = tuple(_make_product(seed, number) for number in range(count))
    return Catalogue(
        products=products,
        boxes=tuple(_make_box(number) for number in range(len(PLANS))),
        attraction=np.log([product.popularity for product in products]),
        factors=np.array([product.factors for product in products]),
        categories=np.arange(count) % len(CATEGORIES),
    )
