from datetime import timedelta

import pytest

from ingestion.sources import stripe
from sandbox.tools import stripe_events

TABLES = {feed.table.name for feed in stripe.FEEDS}


def charge(number: int, **fields) -> dict:
    body = {"id": f"ch_{number:04d}", "object": "charge", "created": 1_700_000_000}
    amounts = {"amount": 4000, "amount_refunded": 0, "currency": "usd"}
    return {**body, **amounts, "metadata": {"order_id": f"o{number}"}, **fields}


def product(number: int, cents: int) -> dict:
    price = {"id": f"price_{number}", "unit_amount": cents, "currency": "usd"}
    body = {"id": f"prod_{number}", "object": "product", "created": 1_700_000_000}
    return {**body, "name": "Lamp", "active": True, "default_price": price}


def subscription(number: int, **fields) -> dict:
    body = {"id": f"sub_{number}", "object": "subscription", "created": 1_700_000_000}
    return {**body, "status": "active", "canceled_at": None, **fields}


def customer(number: int, **fields) -> dict:
    body = {"id": f"cus_{number}", "object": "customer", "created": 1_700_000_000}
    return {**body, "email": f"person{number}@example.com", **fields}


def invoice(number: int, *, lines: int = 1, **fields) -> dict:
    discount = {"id": "di_1", "source": {"type": "coupon", "coupon": "WELCOME10"}}
    listed = {"data": [{"id": f"il_{each}"} for each in range(lines)]}
    body = {"id": f"in_{number}", "object": "invoice", "created": 1_700_000_000}
    amounts = {"total": 4000, "currency": "usd", "lines": listed}
    return {**body, **amounts, "discounts": [discount], **fields}


def test_a_refund_of_an_old_charge_is_noticed(workspace):
    workspace.put("stripe", "charges", *(charge(number) for number in range(250)))
    workspace.load("stripe")
    workspace.put("stripe", "charges", charge(7, amount_refunded=1500))
    assert workspace.load("stripe") == {"charges": 1}
    refunded = "select id, amount_refunded from raw_stripe.charges"
    assert workspace.query(f"{refunded} where amount_refunded > 0") == [
        ("ch_0007", 1500)
    ]


def test_a_cancellation_is_noticed_and_ended_ones_are_listed(workspace):
    ended = subscription(1, status="canceled", canceled_at=1_700_500_000)
    workspace.put("stripe", "subscriptions", ended, subscription(2), subscription(3))
    assert workspace.load("stripe") == {"subscriptions": 3}
    ended = subscription(3, status="canceled", canceled_at=1_700_600_000)
    workspace.put("stripe", "subscriptions", ended)
    assert workspace.load("stripe") == {"subscriptions": 1}
    found = (
        "select count(*) from raw_stripe.subscriptions where canceled_at is not null"
    )
    assert workspace.query(found) == [(2,)]


def test_customers_and_their_subscriptions_are_told_apart(workspace):
    workspace.put("stripe", "customers", customer(1))
    workspace.put("stripe", "subscriptions", subscription(1))
    workspace.load("stripe")
    workspace.put("stripe", "customers", customer(1, name="Ada"), customer(2))
    workspace.put("stripe", "subscriptions", subscription(1, status="past_due"))
    assert workspace.load("stripe") == {"customers": 2, "subscriptions": 1}


def test_a_changed_price_lists_the_products_again(workspace):
    workspace.put("stripe", "products", product(1, 1000), product(2, 2000))
    workspace.load("stripe")
    workspace.put("stripe", "products", product(2, 2500))
    assert workspace.load("stripe") == {"products": 2}
    price = "cast(default_price ->> 'unit_amount' as integer)"
    found = workspace.query(f"select {price} from raw_stripe.products order by id")  # noqa: S608
    assert found == [(1000,), (2500,)]


def test_many_changes_come_in_pages_each_object_once(workspace):
    workspace.put("stripe", "charges", *(charge(number) for number in range(250)))
    workspace.load("stripe")
    changed = [charge(number, amount_refunded=100) for number in range(230)]
    workspace.put("stripe", "charges", *changed)
    workspace.put("stripe", "charges", charge(5, amount_refunded=900))
    assert workspace.load("stripe") == {"charges": 230}
    found = "select sum(amount_refunded) from raw_stripe.charges"
    assert workspace.query(found) == [(229 * 100 + 900,)]


def test_an_idle_load_asks_once_for_each_table(workspace):
    workspace.put("stripe", "charges", charge(1))
    workspace.put("stripe", "customers", customer(1))
    workspace.put("stripe", "products", product(1, 1000))
    workspace.put("stripe", "subscriptions", subscription(1))
    workspace.put("stripe", "invoices", invoice(1))
    for name in ("prices", "refunds", "coupons"):
        body = {"id": f"{name}_1", "object": name[:-1], "created": 1_700_000_000}
        workspace.put("stripe", name, body)
    assert set(workspace.load("stripe")) == TABLES
    before = workspace.requests("stripe")
    assert workspace.load("stripe") == {}
    assert workspace.requests("stripe") - before == len(TABLES)


def test_when_the_known_event_is_gone_everything_is_listed_again(
    workspace, monkeypatch
):
    workspace.put("stripe", "charges", charge(1), charge(2))
    workspace.load("stripe")
    monkeypatch.setattr(stripe_events, "KEPT_DAYS", 0)
    assert workspace.load("stripe") == {"charges": 2}


@pytest.mark.parametrize("is_due", [True, False])
def test_everything_is_listed_again_when_it_is_time(workspace, monkeypatch, is_due):
    workspace.put("stripe", "charges", charge(1), charge(2))
    workspace.load("stripe")
    wait = timedelta(0) if is_due else timedelta(days=7)
    monkeypatch.setattr(stripe, "LIST_AGAIN_AFTER", wait)
    assert workspace.load("stripe") == ({"charges": 2} if is_due else {})


def test_what_changes_while_the_list_is_read_arrives_with_the_next_load(workspace):
    workspace.put("stripe", "charges", *(charge(number) for number in range(250)))
    workspace.load("stripe", rows_per_load=100)
    workspace.put("stripe", "charges", charge(249, amount_refunded=100))
    workspace.load_all("stripe", rows_per_load=100)
    found = "select count(*), sum(amount_refunded) from raw_stripe.charges"
    assert workspace.query(found) == [(250, 100)]


def test_a_list_goes_on_though_its_last_object_was_deleted(workspace):
    workspace.put("stripe", "charges", *(charge(number) for number in range(250)))
    workspace.load("stripe", rows_per_load=100)
    last = min(workspace.ids("raw_stripe.charges"))
    with workspace.stand.store.transaction() as connection:
        connection.execute("delete from documents where id = ?", [last])
    workspace.load_all("stripe", rows_per_load=100)
    assert len(workspace.ids("raw_stripe.charges")) == 250


@pytest.mark.parametrize("is_changed", [False, True])
def test_an_invoice_comes_with_its_coupons_and_all_of_its_lines(workspace, is_changed):
    workspace.put("stripe", "invoices", invoice(1, lines=25), invoice(2))
    assert workspace.load("stripe") == {"invoices": 2}
    if is_changed:
        workspace.put("stripe", "invoices", invoice(1, lines=23, total=3900))
        assert workspace.load("stripe") == {"invoices": 1}
    found = workspace.query(
        "select total, json_array_length(lines, '$.data'),"
        " json_extract_string(discounts, '$[0].source.coupon')"
        " from raw_stripe.invoices order by id"
    )
    changed = (3900, 23, "WELCOME10") if is_changed else (4000, 25, "WELCOME10")
    assert found == [changed, (4000, 1, "WELCOME10")]
