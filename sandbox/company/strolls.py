"""One visit, click by click, as the SDK of the browser or app reports it."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.company.catalogue import CATEGORIES, Product
from sandbox.company.devices import Browser, seconds_to_next_click
from sandbox.company.journal import Journal, Sender
from sandbox.company.orders import Shelf
from sandbox.company.visits import Visit

SITE = "https://shop.example.com"
SAME_PRODUCT_SHARE = 0.3
CONTENT = (
    ("/blog/autumn-tables", "Autumn Tables"),
    ("/blog/gift-guide", "Gift Guide"),
    ("/help/returns", "Returns"),
    ("/about", "About Us"),
    ("/subscription", "The Box"),
    ("/wholesale", "Wholesale"),
)
CONTENT_WEIGHTS = {"wholesale": (1, 1, 1, 1, 0, 5)}
USUAL_CONTENT_WEIGHTS = (3, 4, 2, 1, 3, 0.3)


def draw_click_count(chance: Random) -> int:
    """Draw the clicks of a visit: median 3, mean 3.95, 95th percentile 10."""
    return max(1, round(chance.lognormvariate(0.82, 0.95)))


class Stroll:
    """A visit as it goes on: where the visitor is and what time it is.

    Args:
        journal: Where its events are noted.
        browser: What it happens in.
        ip: Where from.
        visit: When it starts, and from where.
    """

    def __init__(self, journal: Journal, browser: Browser, ip: str, visit: Visit):
        self.at = visit.at
        self.browser = browser
        self.landing_message_id = ""
        self._journal = journal
        self._base = browser.context(ip)
        self._entry = visit.entry
        self._page: dict[str, Any] = {}

    @property
    def sender(self) -> Sender:
        """Return who the browser says its events are from at this moment."""
        browser, context = self.browser, dict(self._base)
        if browser.source_id == "web" and self._page:
            context["page"] = self._page
        return Sender(browser.source_id, browser.anonymous_id, browser.user_id, context)

    def pause(self, chance: Random) -> None:
        """Let the time between two clicks pass."""
        self.at += seconds_to_next_click(chance)

    def open(self, path: str, title: str) -> None:
        """Open a page or a screen; the first one carries the campaign's words."""
        is_landing = not self.landing_message_id
        came_from = self._page.get("url", self._entry.referrer)
        self._page = {"path": path, "url": SITE + path, "title": title}
        if came_from:
            self._page["referrer"] = came_from
        campaign = dict(self._entry.campaign) if is_landing else {}
        if campaign:
            words = "&".join(
                f"utm_{'campaign' if key == 'name' else key}={value}"
                for key, value in campaign.items()
            )
            if self._entry.ad_click:
                words += f"&{self._entry.ad_click.parameter}"
            self._page["search"] = f"?{words}"
            self._page["url"] += f"?{words}"
        sender = self.sender
        if campaign:
            sender.context["campaign"] = campaign
        message_id = self._journal.page(sender, self.at, dict(self._page))
        self.landing_message_id = self.landing_message_id or message_id

    def track(self, event: str, properties: dict[str, Any]) -> None:
        """Note something done on the page where the visitor is, half a second on."""
        self.at += 0.5
        self._journal.track(self.sender, self.at, event, properties)

    def identify(self, traits: dict[str, Any]) -> None:
        """Note who the visitor is, half a second on."""
        self.at += 0.5
        self._journal.identify(self.sender, self.at, traits)

    def look_at(self, product: Product) -> None:
        """Open a product's page."""
        self.open(product.path, product.name)
        self.track("product_viewed", product.as_viewed())


def stroll_about(
    stroll: Stroll, shelf: Shelf, chance: Random, kind: str, clicks: int
) -> None:
    """Make the visitor click about as a person of this kind does."""
    product: Product | None = None
    for number in range(clicks):
        if number:
            stroll.pause(chance)
        if product and chance.random() < SAME_PRODUCT_SHARE:
            stroll.look_at(product)
            continue
        draw = chance.random()
        if draw < (0.3 if number == 0 else 0.6):
            product = shelf.choose(chance)
            stroll.look_at(product)
            _perhaps_collect(stroll, product, chance)
        else:
            product = None
            _open_other_page(stroll, shelf, chance, kind, number)


def _open_other_page(
    stroll: Stroll, shelf: Shelf, chance: Random, kind: str, number: int
) -> None:
    draw = chance.random()
    if number == 0 and draw < 0.55:
        stroll.open("/", "Home")
    elif draw < 0.5:
        category = chance.choice((shelf.choose(chance).category, *CATEGORIES))
        stroll.open(f"/category/{category.lower()}", category)
        listed = {"list_id": f"list_{category.lower()}", "category": category}
        stroll.track("product_list_viewed", listed)
    elif draw < 0.68:
        query = shelf.choose(chance).name.split(" ", 1)[1].lower()
        stroll.open("/search", "Search")
        found = {"query": query, "result_count": chance.randrange(1, 24)}
        stroll.track("products_searched", found)
    else:
        weights = CONTENT_WEIGHTS.get(kind, USUAL_CONTENT_WEIGHTS)
        stroll.open(*chance.choices(CONTENT, weights=weights)[0])


def _perhaps_collect(stroll: Stroll, product: Product, chance: Random) -> None:
    """Now and then something is put into the cart and left there."""
    if chance.random() >= 0.05:
        return
    added = {
        "product_id": product.product_id,
        "name": product.name,
        "category": product.category,
        "price": product.price_cents / 100,
        "quantity": 1,
        "currency": "USD",
    }
    stroll.track("product_added", added)
    if chance.random() < 0.3:
        stroll.track("product_removed", added)
