from decimal import Decimal

import pytest

from cdp.settings import load_settings
from ingestion.reconciliation.tools import of_shopify

WORKSPACE = """
sources:
  shopify:
    kind: shopify
    url: ${SHOPIFY_URL}
    access_token: ${SHOPIFY_ACCESS_TOKEN}
"""
ORDERS = "/admin/api/2025-07/orders.json"


@pytest.fixture
def shop(workspace, tmp_path):
    (tmp_path / "headwater.yml").write_text(WORKSPACE)
    environment = {**workspace.settings.environment, "CDP_PROJECT_DIR": str(tmp_path)}
    workspace.settings = load_settings(environment)
    return workspace


def order(number: int, minute: int = 0, **fields) -> dict:
    stamp = (
        f"2026-03-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}"
    )
    return {
        "id": 450_000_000 + number,
        "name": f"#{1000 + number}",
        "total_price": "41.94",
        "line_items": [{"id": number, "price": "20.97", "quantity": 2}],
        "refunds": [],
        "closed_at": "2026-03-09T00:00:00Z" if number % 2 else None,
        "created_at": f"{stamp}:00Z",
        "updated_at": f"{stamp}:00Z",
        **fields,
    }


def filled(shop, count: int = 350):
    shop.put("shopify", "orders", *(order(number, number) for number in range(count)))
    return shop


def test_every_page_is_read_and_closed_orders_too(shop):
    assert filled(shop).load("shopify") == {"orders": 350}
    total = "select count(distinct id), sum(total_price) from raw_shopify.orders"
    assert shop.query(total) == [(350, Decimal("14679.00"))]
    for table in ("customers", "products"):
        assert shop.ids(f"raw_shopify.{table}") == []


def test_the_next_load_asks_once_from_a_while_before_the_newest(shop):
    filled(shop).load("shopify")
    before = shop.requests("shopify")
    assert shop.load("shopify") == {}
    assert shop.requests("shopify") - before == 3  # one for each table
    asked = {one.path: one.query for one in shop.stand.traffic.seen["shopify"]}
    assert "updated_at_min=2026-03-01T05%3A39%3A00" in asked[ORDERS]
    assert "status=any" in asked[ORDERS]


def test_a_refund_replaces_its_order(shop):
    filled(shop).load("shopify")
    refund = {"id": 9, "transactions": [{"amount": "20.97", "kind": "refund"}]}
    shop.put("shopify", "orders", order(3, 400, refunds=[refund]))
    assert shop.load("shopify") == {"orders": 1}
    amount = "refunds -> 0 -> 'transactions' -> 0 ->> 'amount'"
    rows = shop.query(f"select {amount} from raw_shopify.orders where id = 450000003")  # noqa: S608
    assert rows == [("20.97",)]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 0.01},
        {"kind": "status", "status": 503},
        {"kind": "half_page"},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)
def test_no_order_is_lost_or_doubled_by_a_fault_between_pages(shop, fault):
    filled(shop).fail("shopify", after=1, **fault)
    shop.load("shopify")
    expected = [str(order(number)["id"]) for number in range(350)]
    assert shop.ids("raw_shopify.orders") == expected
    assert shop.stand.traffic.refused["shopify"] == 1


def test_the_counts_are_asked_of_the_store_itself(shop):
    filled(shop, 5)
    figures = {one.table: one.in_source for one in of_shopify(shop.settings, "shopify")}
    assert figures == {"orders": 5, "customers": 0, "products": 0}
