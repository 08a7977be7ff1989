from __future__ import annotations

from activation.online.rank import SHOWN, rank
from activation.online.session import Session

KITES = [{"product_id": f"k{n}", "category_name": "Kites"} for n in range(6)]
LAMPS = [{"product_id": f"l{n}", "category_name": "Lamps"} for n in range(6)]


def ids(items: list[dict[str, str]], session: Session | None) -> list[str]:
    return [str(one["product_id"]) for one in rank(items, LAMPS, session)]


def test_without_a_visit_the_models_order_stands_and_popular_items_fill_up() -> None:
    assert ids(KITES, None) == [*(f"k{n}" for n in range(6)), "l0", "l1", "l2", "l3"]


def test_the_category_just_looked_at_moves_up() -> None:
    looking = Session(0, categories=("Lamps", "Lamps", "Lamps"))

    assert ids(KITES, looking)[0] == "l0"


def test_a_small_share_of_the_visit_moves_little() -> None:
    glancing = Session(0, categories=("Lamps",) + ("Kites",) * 9)

    assert ids(KITES, glancing)[0] == "k0"


def test_what_is_in_the_basket_is_not_recommended() -> None:
    assert "k0" not in ids(KITES, Session(0, taken=("k0",)))


def test_nothing_is_recommended_twice() -> None:
    found = ids([*KITES, LAMPS[0]], Session(0, categories=("Lamps",)))

    assert len(found) == len(set(found)) == SHOWN
