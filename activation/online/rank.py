"""The order of recommendations for the page that comes next (RT-1, RT-8).

The batch model says what a customer likes; the session says what is wanted now. What is
in the basket already is left out; what belongs to the categories just looked at moves
up, by more places the larger their share of the visit was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from activation.online.session import Session

SHOWN = 10
_MOST_PLACES = 8.0

Item = Mapping[str, Any]


def rank(
    items: Sequence[Item], popular: Sequence[Item], session: Session | None
) -> list[Item]:
    """Return up to ten items, the best first.

    Args:
        items: The customer's own recommendations, the best first.
        popular: What everybody likes; fills up where there are too few.
        session: The visit; None where there is none.
    """
    own = {item["product_id"] for item in items}
    candidates = [*items, *(item for item in popular if item["product_id"] not in own)]
    if session is None:
        return candidates[:SHOWN]
    taken = set(session.taken)
    left = [item for item in candidates if item["product_id"] not in taken]
    if session.categories:
        views = Counter(session.categories)
        most = len(session.categories)
        places = {
            id(item): place
            - _MOST_PLACES * views[str(item.get("category_name"))] / most
            for place, item in enumerate(left)
        }
        left.sort(key=lambda item: places[id(item)])
    return left[:SHOWN]
