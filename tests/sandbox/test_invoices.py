"""Invoices, refunds and coupons say what the orders and charges say, to the cent."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from sandbox.company.company import found_company
from sandbox.company.lives import Life, live_all
from sandbox.simulation import Target, simulate
from sandbox.tools_store import ToolsStore

PEOPLE = range(80)


@pytest.fixture(scope="module")
def company():
    return found_company(7, date(2026, 11, 22), 200, 0.0)


@pytest.fixture(scope="module")
def lives(company) -> list[Life]:
    return list(live_all(company, PEOPLE))


def documents(lives: list[Life], name: str) -> list[dict]:
    return [
        one.body
        for life in lives
        for one in life.documents
        if (one.tool, one.object_name) == ("stripe", name)
    ]


def test_every_charge_has_an_invoice_of_the_same_amount(lives):
    charges = {
        (one["metadata"]["order_id"], one["customer"], one["amount"])
        for one in documents(lives, "charges")
    }
    invoices = documents(lives, "invoices")
    assert len(invoices) == len(charges) > 100
    assert charges == {
        (one["metadata"]["order_id"], one["customer"], one["total"]) for one in invoices
    }


def test_the_parts_of_an_invoice_add_up(lives):
    invoices = documents(lives, "invoices")
    assert any(one["discounts"] for one in invoices)
    for one in invoices:
        discount = sum(each["amount"] for each in one["total_discount_amounts"])
        taxes = sum(each["amount"] for each in one["total_taxes"])
        shipping = one["shipping_cost"]["amount_total"]
        assert one["total"] == one["subtotal"] - discount + taxes + shipping
        lines = one["lines"]["data"]
        assert one["subtotal"] == sum(line["amount"] for line in lines)
        shares = [each for line in lines for each in line["discount_amounts"]]
        assert sum(each["amount"] for each in shares) == discount


def test_refunds_add_up_to_what_their_charges_gave_back(lives):
    refunded: Counter[str] = Counter()
    for one in documents(lives, "refunds"):
        refunded[one["charge"]] += one["amount"]
    assert refunded
    assert refunded == {
        one["id"]: one["amount_refunded"]
        for one in documents(lives, "charges")
        if one["amount_refunded"]
    }


def test_every_renewal_names_its_subscription(lives):
    known = {one["id"] for one in documents(lives, "subscriptions")}
    first: Counter[str] = Counter()
    for one in documents(lives, "invoices"):
        if one["parent"] is not None:
            name = one["parent"]["subscription_details"]["subscription"]
            first[name] += one["billing_reason"] == "subscription_create"
    assert first
    assert set(first) == known
    assert set(first.values()) == {1}


def test_a_coupon_says_how_often_it_was_redeemed(company, lives, tmp_path: Path):
    simulate(company, PEOPLE, Target(folder=tmp_path))
    store = ToolsStore(tmp_path / "tools.sqlite")
    coupons = [found.body for found in store.page("stripe", "coupons")]
    store.close()
    used = Counter(
        discount["source"]["coupon"]
        for one in documents(lives, "invoices")
        for discount in one["discounts"]
    )
    assert used
    assert {one["id"]: one["times_redeemed"] for one in coupons} == {
        one["id"]: used[one["id"]] for one in coupons
    }
    assert set(used) <= {one["id"] for one in coupons}
