"""Devices and what they remember: anonymous ids, logins, cookies that get cleared."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.company.chance import stream, uuid_of
from sandbox.company.people import WHOLESALE, Person

LAPTOP_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1 Safari/605.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
PHONE_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/142.0 Mobile",
)
APP_AGENTS = ("HeadwaterShop/4.2 (iOS 18.1)", "HeadwaterShop/4.2 (Android 15)")
TABLET_AGENT = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) Safari/604.1"
KIOSK_AGENT = "Mozilla/5.0 (X11; CrOS x86_64) Chrome/142.0 Kiosk"
HOUSEHOLD_SHARE, KIOSK_SHARE, PEOPLE_PER_KIOSK = 0.08, 0.015, 400
COOKIE_CLEARING_SHARE = 0.05


@dataclass(slots=True)
class Browser:
    """A browser or an app on one device, as it is now.

    Attributes:
        source_id: ``web`` or ``mobile``.
        user_agent: What it calls itself.
        is_shared: Others use it too; nobody stays logged in on it.
        anonymous_id: What its SDK calls it at present.
        user_id: Who is logged in on it.
    """

    source_id: str
    user_agent: str
    is_shared: bool
    anonymous_id: str
    user_id: str | None = None

    def context(self, ip: str) -> dict[str, Any]:
        """Return the context that its SDK sends along."""
        return {"ip": ip, "userAgent": self.user_agent, "locale": "en-US"}


class Devices:
    """A person's devices, one to three of their own and perhaps a shared one."""

    def __init__(self, person: Person, seed: int) -> None:
        self._key = (seed, person.index, "device")
        self._made = 0
        self.chance = stream(*self._key)
        self.browsers = self._own(person.kind) + self._shared(seed, person.index)
        weights = [0.2 if browser.is_shared else 1.0 for browser in self.browsers]
        weights[0] = 2.5
        self._weights = weights
        numbers = [self.chance.randrange(1, 255) for _ in range(2)]
        self.ip = f"203.0.{numbers[0]}.{numbers[1]}"  # never a real visitor's range

    def use(self) -> Browser:
        """Return the browser of the next visit, its cookies perhaps just cleared."""
        browser = self.chance.choices(self.browsers, weights=self._weights)[0]
        if browser.is_shared:
            browser.user_id = None
        elif self.chance.random() < COOKIE_CLEARING_SHARE:
            browser.anonymous_id, browser.user_id = self._new_id(), None
        return browser

    def _new_id(self) -> str:
        self._made += 1
        return uuid_of(*self._key, self._made)

    def _own(self, kind: str) -> list[Browser]:
        chance, agents = self.chance, []
        if kind == WHOLESALE or chance.random() < 0.68:
            agents.append(("web", chance.choice(LAPTOP_AGENTS)))
        if chance.random() < 0.45:
            agents.append(("web", chance.choice(PHONE_AGENTS)))
        if kind != WHOLESALE and (not agents or chance.random() < 0.32):
            agents.append(("mobile", chance.choice(APP_AGENTS)))
        chance.shuffle(agents)
        return [Browser(source, name, False, self._new_id()) for source, name in agents]

    def _shared(self, seed: int, index: int) -> list[Browser]:
        household = stream(seed, "household", index // 2)
        shared = []
        if household.random() < HOUSEHOLD_SHARE:
            key = uuid_of(seed, "household", index // 2)
            shared.append(Browser("web", TABLET_AGENT, True, key))
        if self.chance.random() < KIOSK_SHARE:
            key = uuid_of(seed, "kiosk", index // PEOPLE_PER_KIOSK)
            shared.append(Browser("web", KIOSK_AGENT, True, key))
        return shared


def seconds_to_next_click(chance: Random) -> float:
    """Draw the time between two clicks: median 56 s, 90th percentile 299 s."""
    return min(max(chance.lognormvariate(4.025, 1.307), 1.0), 1_500.0)
