"""The company as a whole: what is the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sandbox.company.catalogue import Catalogue, make_catalogue
from sandbox.company.email_campaigns import Campaign, make_campaigns
from sandbox.company.season import Season, make_season


@dataclass(frozen=True, slots=True)
class Company:
    """What every simulated life is lived in."""

    seed: int
    season: Season
    catalogue: Catalogue
    campaigns: tuple[Campaign, ...]
    dirty_share: float


def found_company(seed: int, end: date, days: int, dirty_share: float) -> Company:
    """Set up the company for the ``days`` days before 00:00 UTC of ``end``."""
    season = make_season(end, days)
    return Company(
        seed=seed,
        season=season,
        catalogue=make_catalogue(seed),
        campaigns=make_campaigns(season),
        dirty_share=dirty_share,
    )
