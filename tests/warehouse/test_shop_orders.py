"""Orders that the shop has and no event told of are orders like any other.

One shop, loaded three times: first nothing but the shop's tables, then events that come
late, then edits and a cancellation in the shop.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse, make_warehouse
from tests.warehouse.shop_documents import customer, line, named, refund, shop_order
from tests.warehouse.shop_queries import QUERIES
from tests.warehouse.test_incremental import contents, differing

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
SELECTION = (
    *("--resource-type", "model", "--resource-type", "seed", "--select"),
    *("+order_differences", "+order_reconciliation", "+refund_items", "+discounts"),
    *("+customers", "+customer_values", "+int_conversions_combined", "+activities"),
    *("+touches", "+executive_scorecard"),
)
RULES = (
    "assert_every_order_event_reaches_the_marts",
    "assert_order_lines_add_up_to_subtotals",
    "assert_margins_reconcile_with_orders",
    "assert_no_order_counts_twice",
)
MINUTE = timedelta(minutes=1)
ADA = {"customer": {"id": 11}, "email": "ada@x.example"}


def sold(number: int, total: str, **said: Any) -> dict[str, Any]:
    return shop_order(number, total, START + number * MINUTE, **ADA | said)


def given_back(number: int, amount: str, line_id: int) -> dict[str, Any]:
    return refund(number, amount, START + timedelta(days=1), line_id)


# two lines, 3.00 off by a code, and one piece given back
COUPON = {"type": "discount_code", "code": "save", "value": "3", "target_type": "line"}
WITH_COUPON = {
    "line_items": [
        line(11, "S1", "10.00", 2, "2.00"),
        line(12, "S1", "10.00", 1, "1.00"),
    ],
    "discount_applications": [COUPON],
    "total_line_items_price": "30.00",
    "total_discounts": "3.00",
    "refunds": [given_back(501, "9.00", 11)],
}
FIRST = [
    sold(1, "27.00", **WITH_COUPON),
    sold(2, "20.00", customer=None, email="Grace@x.example", source_name="iphone"),
    sold(3, "30.00", cancelled_at=(START + timedelta(hours=1)).isoformat()),
    sold(4, "40.00", test=True),
    sold(5, "50.00", note_attributes=named("own-5")),
    sold(
        6, "60.00", refunds=[given_back(506, "6.00", 61), given_back(507, "1.00", 61)]
    ),
]
EDITED = [
    FIRST[4] | {"total_price": "55.00", "refunds": [given_back(505, "5.00", 51)]},
    FIRST[5] | {"cancelled_at": (START + timedelta(days=2)).isoformat()},
]


def event(name: str, order_id: str, **properties: Any) -> dict[str, Any]:
    return {
        "message_id": f"{name}-{order_id}",
        "event": name,
        "source_id": "server",
        "user_id": "u1",
        "at": START + timedelta(minutes=9),
        "traits": {"email": "ada@x.example"},
        "properties": {"order_id": order_id, "currency": "EUR"} | properties,
    }


LATE = [
    event(
        "order_completed",
        "own-5",
        total=50,
        products=[{"product_id": "p1", "sku": "S1", "price": 50, "quantity": 1}],
    ),
    event("order_completed", "6", total=60, products=[]),
    event("order_refunded", "6", total=6, refund_id="own"),
]
RENUMBERED = event("order_completed", "web-1", total=27, products=[])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each question gets for an answer after each load."""
    warehouse = make_warehouse(tmp_path_factory.mktemp("shop"))
    answers: dict[str, dict[str, Any]] = {}

    def build(stage: str, *options: str) -> dict[str, Any]:
        warehouse.dbt("build", *options, *SELECTION)
        answers[stage] = {
            name: warehouse.rows(query) for name, query in QUERIES.items()
        }
        return contents(warehouse)

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CDP_AS_OF", (START + timedelta(days=7)).isoformat())
        load_first(warehouse)
        build("first")
        warehouse.land(LATE, START + timedelta(days=2))
        build("late")
        warehouse.merge("raw_shopify.orders", EDITED)
        grown = build("edited")
        warehouse.dbt("test", "--select", *RULES)
        rebuilt = build("rebuilt", "--full-refresh")
        answers["rebuilt"] = differing(grown, rebuilt)
        warehouse.land([RENUMBERED], START + timedelta(days=3))
        warehouse.dbt("run", "--select", "+orders")
        said = warehouse.try_dbt("test", "--select", RULES[-1]).stdout
        answers["renumbered"] = {"failed": re.findall(r"Failure in test (\w+)", said)}
    return answers


def load_first(warehouse: Warehouse) -> None:
    """Load the shop and the catalogue, and no events."""
    warehouse.merge("raw_shopify.orders", FIRST)
    warehouse.merge("raw_shopify.customers", [customer(11, "ada@x.example", START)])
    variant = {"id": 8001, "title": "Default Title", "sku": "S1", "price": "10.00"}
    product = {"id": 7001, "title": "Tea", "product_type": "Teas"}
    warehouse.merge("raw_shopify.products", [product | {"variants": [variant]}])
    cost = {"product_id": "p1", "sku": "S1", "cost": "400"}
    price = {"currency": "eur", "unit_amount": 1000}
    article = {"id": "prod_1", "name": "Tea", "active": True, "metadata": cost}
    priced = article | {"default_price": price, "created": START.isoformat()}
    warehouse.merge("raw_stripe.products", [priced])


ADAS, GRACES = "ada@x.example", "grace@x.example"
SHOPS_OWN = ("507", "6", "shop", 1)
FIRST_ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "orders": [
        ("1", "shop", 27, 9, 18, False),
        ("2", "shop", 20, 0, 20, False),
        ("3", "shop", 30, 0, 0, True),
        ("6", "shop", 60, 7, 53, False),
        ("own-5", "shop", 50, 0, 50, False),
    ],
    "differences": [
        (order_id, "event_missing") for order_id in ("1", "2", "3", "6", "own-5")
    ],
    "reconciled": [(5, 0)],
    "whose": [
        ("1", ADAS, "web", "SAVE"),
        ("2", GRACES, "mobile", None),
        ("3", ADAS, "web", None),
        ("6", ADAS, "web", None),
        ("own-5", ADAS, "web", None),
    ],
    "items": [
        ("1", "p1", "Teas", 2, 20),
        ("1", "p1", None, 1, 10),
        ("2", "7001", "Teas", 1, 20),
    ],
    "refunds": [("501", "1", "shop", 9), ("506", "6", "shop", 6), SHOPS_OWN],
    "returned": [("501", "p1", 1, 10)],
    "margin": [(27, 12, 15)],
    "discounts": [("1", "SAVE", 3)],
    "buyers": [(ADAS, 3, 1, 6), (GRACES, 1, 2, 2)],
    "values": [(ADAS, 121), (GRACES, 20)],
    "conversions": [("first_order", 2), ("order", 4)],
    "activities": [("1", 27), ("2", 20), ("3", 30), ("6", 60), ("own-5", 50)],
    "scorecard": [(4,)],
}
LATE_ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "orders": [
        *FIRST_ANSWERS["orders"][:3],
        ("6", "events", 60, 7, 53, False),
        ("own-5", "events", 50, 0, 50, False),
    ],
    "differences": FIRST_ANSWERS["differences"][:3],
    "reconciled": [(5, 2)],
    "whose": [
        *FIRST_ANSWERS["whose"][:3],
        ("6", ADAS, "server", None),
        ("own-5", ADAS, "server", None),
    ],
    "refunds": [FIRST_ANSWERS["refunds"][0], SHOPS_OWN, ("own", "6", "events", 6)],
    "buyers": [(ADAS, 3, 1, 9), (GRACES, 1, 2, 2)],
    **{same: FIRST_ANSWERS[same] for same in ("values", "conversions", "activities")},
}
EDITED_ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "orders": [
        *LATE_ANSWERS["orders"][:3],
        ("6", "events", 60, 7, 0, True),
        ("own-5", "events", 50, 5, 45, False),
    ],
    "differences": [*LATE_ANSWERS["differences"], ("own-5", "amount_differs")],
    "values": [(ADAS, 63), (GRACES, 20)],
    "conversions": [("first_order", 2), ("order", 3)],
    "scorecard": [(3,)],
}


@pytest.mark.parametrize("question", QUERIES)
def test_a_shop_without_events_has_orders_like_any_other(
    told: dict[str, dict[str, Any]], question: str
) -> None:
    assert told["first"][question] == FIRST_ANSWERS[question]


@pytest.mark.parametrize("question", LATE_ANSWERS)
def test_an_event_that_comes_late_takes_the_place_of_the_shops_word(
    told: dict[str, dict[str, Any]], question: str
) -> None:
    assert told["late"][question] == LATE_ANSWERS[question]


@pytest.mark.parametrize("question", EDITED_ANSWERS)
def test_what_the_shop_takes_back_counts_and_what_it_edits_is_a_difference(
    told: dict[str, dict[str, Any]], question: str
) -> None:
    assert told["edited"][question] == EDITED_ANSWERS[question]


def test_three_increments_equal_one_build_from_nothing(
    told: dict[str, dict[str, Any]],
) -> None:
    assert told["rebuilt"] == {}


def test_an_order_under_two_numbers_is_found(told: dict[str, dict[str, Any]]) -> None:
    assert told["renumbered"]["failed"] == [RULES[-1]]
