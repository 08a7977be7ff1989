"""What is Shopify's own: its links, its nested records, its silence about deletes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ingestion.load import load_source
from ingestion.reconciliation.checks import reconcile

ORDERS = "/admin/api/2026-10/orders.json"


def order(number: int, minute: int | None = None, **fields) -> dict:
    past = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(
        minutes=number if minute is None else minute
    )
    times = {"created_at": past.isoformat(), "updated_at": past.isoformat()}
    return {"id": 450_000_000 + number, "total_price": "41.94", **times, **fields}


@pytest.fixture
def shop(workspace):
    workspace.put("shopify", "orders", *(order(number) for number in range(250)))
    return workspace


def customer(number: int) -> dict:
    return {"id": number, "created_at": "2026-03-01", "updated_at": "2026-03-01"}


def test_the_next_load_asks_once_from_a_while_before_the_newest(shop):
    shop.load("shopify")
    before = shop.requests("shopify")
    assert shop.load("shopify") == {}
    assert shop.requests("shopify") - before == 3  # one for each table
    asked = {one.path: one.query for one in shop.stand.traffic.seen["shopify"]}
    assert "updated_at_min=2026-03-01T03%3A59%3A00" in asked[ORDERS]
    assert "status=any" in asked[ORDERS]


def test_a_refund_replaces_its_order(shop):
    shop.load("shopify")
    refund = {"id": 9, "transactions": [{"amount": "20.97", "kind": "refund"}]}
    shop.put("shopify", "orders", order(3, 400, refunds=[refund]))
    assert shop.load("shopify") == {"orders": 1}
    amount = "refunds -> 0 -> 'transactions' -> 0 ->> 'amount'"
    rows = shop.query(f"select {amount} from raw_shopify.orders where id = 450000003")  # noqa: S608
    assert rows == [("20.97",)]


def remove(shop, object_name: str, *ids: int) -> None:
    with shop.stand.store.transaction() as connection:
        connection.executemany(
            "delete from documents where object_name = ? and id = ?",
            [(object_name, str(one)) for one in ids],
        )


def test_what_the_shop_has_deleted_is_marked_and_returns_when_it_is_back(shop):
    shop.put("shopify", "customers", *(customer(number) for number in range(4)))
    load_source(shop.settings, "shopify").raise_if_failed()
    remove(shop, "orders", order(3)["id"], order(4)["id"])
    remove(shop, "customers", 2)
    gone = "select id from raw_shopify.{} where _deleted_at is not null order by id"
    load_source(shop.settings, "shopify").raise_if_failed()
    assert shop.query(gone.format("orders")) == [], "compared once a day"
    shop.settings.document["sources"]["shopify"]["compare"] = "0s"
    load_source(shop.settings, "shopify").raise_if_failed()
    assert shop.query(gone.format("orders")) == [(450_000_003,), (450_000_004,)]
    assert shop.query(gone.format("customers")) == [(2,)]
    shop.put("shopify", "orders", order(3))
    load_source(shop.settings, "shopify").raise_if_failed()
    assert shop.query(gone.format("orders")) == [(450_000_004,)]


def test_a_shop_that_seems_to_have_lost_most_orders_marks_none(shop):
    shop.load("shopify")
    remove(shop, "orders", *(order(number)["id"] for number in range(200)))
    error = str(load_source(shop.settings, "shopify").error)
    assert "250 rows are known, the source has 50" in error
    accepted = load_source(shop.settings, "shopify", accept_collapse=True)
    assert (accepted.error, accepted.rows) == (None, 200)


def test_orders_that_are_only_hidden_are_not_taken_for_deleted(shop, monkeypatch):
    shop.load("shopify")
    remove(shop, "orders", order(3)["id"])
    monkeypatch.setattr("sandbox.tools.shopify.SCOPES", ("read_orders",))
    result = load_source(shop.settings, "shopify")
    assert (result.error, result.rows) == (None, 0)


def test_the_amounts_of_the_last_whole_days_are_added_up(workspace):
    now = datetime.now(UTC)
    for number, days in enumerate((0, 2, 29, 40)):
        stamp = (now - timedelta(days=days)).isoformat(timespec="seconds")
        times = {"created_at": stamp, "updated_at": stamp}
        workspace.put("shopify", "orders", order(number, **times))
    workspace.load("shopify")
    [amounts] = [
        one
        for one in reconcile(workspace.settings, ["shopify"])
        if one.figure.what == "sum of total_price"
    ]
    assert amounts.verdict == "equal"
    assert amounts.in_warehouse == Decimal("83.88"), "of two days ago and of 29"
