"""Which traits there are, and what to do about a name that is none."""

from __future__ import annotations

from difflib import get_close_matches

import duckdb

from cdp.errors import Rejected
from cdp.settings import Settings
from orchestration.computed_traits import computed_traits

_NAMES = """
    select trait_name from marts.customer_traits
    union select trait_name from intermediate.int_traits_compared
    union select trait_name from marts.trait_deliveries
    order by trait_name
"""


def require_trait(
    connection: duckdb.DuckDBPyConnection, settings: Settings, name: str
) -> None:
    """Refuse a trait that nobody states, and say where to look instead.

    Models that have not been built yet are for the report to speak of.

    Raises:
        Rejected: No source has said anything of a trait of this name.
    """
    try:
        known = [str(row[0]) for row in connection.execute(_NAMES).fetchall()]
    except duckdb.CatalogException:
        return
    if name in known:
        return
    if name in _computed(settings):
        raise Rejected(
            f"{name!r} is computed; no source states it",
            fix=f"`cdp traits --computed --trait {name}` says what it is",
        )
    alike = get_close_matches(name, known, n=1)
    meant = f"Did you mean {alike[0]}? " if alike else ""
    raise Rejected(
        f"no source has stated a trait {name!r}",
        fix=f"{meant}Stated are {', '.join(known) or 'none yet'};"
        " `cdp traits --computed` lists the computed ones",
    )


def _computed(settings: Settings) -> set[str]:
    if not (settings.dbt_target_dir / "manifest.json").exists():
        return set()
    return {trait.name for trait in computed_traits(settings)}
