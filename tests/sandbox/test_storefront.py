"""What the shop's own system holds, beside what the back end reports."""

from datetime import date
from decimal import Decimal

import pytest

from sandbox.company.company import found_company
from sandbox.company.lives import Life, live_all
from sandbox.company.storefront_documents import shop_products

COMPANY = found_company(7, date(2026, 11, 22), 365, 0.0)


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return list(live_all(COMPANY, range(120)))


def documents(lives: list[Life], object_name: str) -> list[dict]:
    return [
        one.body
        for life in lives
        for one in life.documents
        if (one.tool, one.object_name) == ("shopify", object_name)
    ]


def events(lives: list[Life], name: str) -> dict[str, dict]:
    return {
        one.body["properties"]["order_id"]: one.body["properties"]
        for life in lives
        for one in life.events
        if one.body.get("event") == name
    }


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def test_every_order_is_there_to_the_cent_with_what_was_given_back(lives):
    orders = {
        one["note_attributes"][0]["value"]: one for one in documents(lives, "orders")
    }
    reported = events(lives, "order_completed")
    assert orders.keys() == reported.keys()
    for order_id, order in orders.items():
        assert cents(order["total_price"]) == round(reported[order_id]["total"] * 100)
    given_back = {
        order_id: cents(order["refunds"][0]["transactions"][0]["amount"])
        for order_id, order in orders.items()
        if order["refunds"]
    }
    refunds = events(lives, "order_refunded")
    assert given_back == {
        order_id: round(one["total"] * 100) for order_id, one in refunds.items()
    }


def test_an_order_adds_up(lives):
    found = [one for one in documents(lives, "orders") if one["discount_codes"]]
    assert found
    for one in found:
        lines = sum(
            cents(item["price"]) * item["quantity"] for item in one["line_items"]
        )
        shares = [
            cents(share["amount"])
            for item in one["line_items"]
            for share in item["discount_allocations"]
        ]
        shipping = one["total_shipping_price_set"]["shop_money"]["amount"]
        assert lines == cents(one["total_line_items_price"])
        assert sum(shares) == cents(one["total_discounts"])
        assert lines - sum(shares) + cents(one["total_tax"]) + cents(shipping) == cents(
            one["total_price"]
        )


def test_a_customer_is_one_address_with_its_orders(lives):
    orders, customers = documents(lives, "orders"), documents(lives, "customers")
    assert len({one["email"] for one in customers}) == len(customers)
    assert sum(one["orders_count"] for one in customers) == len(orders)
    assert {one["customer"]["id"] for one in orders} == {one["id"] for one in customers}


def test_every_line_is_of_a_variant_that_is_on_sale(lives):
    variants = {
        variant["id"]
        for document in shop_products(COMPANY.catalogue, COMPANY.season.start)
        for variant in document.body["variants"]
    }
    sold = {
        item["variant_id"]
        for one in documents(lives, "orders")
        for item in one["line_items"]
    }
    assert sold <= variants
