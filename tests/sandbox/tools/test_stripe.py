import httpx
import pytest


@pytest.fixture
def payments(client, known) -> httpx.Client:
    client.headers["Authorization"] = f"Bearer {known['STRIPE_API_KEY']}"
    return client


def charge(number: int, **fields) -> tuple[str, dict]:
    key = f"ch_{number:03d}"
    body = {"id": key, "object": "charge", "amount": 100, "created": 1000 + number}
    return key, {**body, **fields}


def ids(answer: httpx.Response) -> list[str]:
    return [one["id"] for one in answer.json()["data"]]


def test_a_list_is_read_newest_first_by_starting_after(payments, stand):
    stand.store.put_many("stripe", "charges", [charge(number) for number in range(7)])
    answer = payments.get("/stripe/v1/charges", params={"limit": 3})
    assert ids(answer) == ["ch_006", "ch_005", "ch_004"]
    assert answer.json()["has_more"] is True
    parameters = {"limit": 100, "starting_after": "ch_004"}
    answer = payments.get("/stripe/v1/charges", params=parameters)
    assert ids(answer) == ["ch_003", "ch_002", "ch_001", "ch_000"]
    assert answer.json()["has_more"] is False


def test_created_bounds_a_list(payments, stand):
    stand.store.put_many("stripe", "charges", [charge(number) for number in range(7)])
    parameters = {"created[gte]": "1004", "limit": "100"}
    answer = payments.get("/stripe/v1/charges", params=parameters)
    assert ids(answer) == ["ch_006", "ch_005", "ch_004"]


def test_a_price_is_an_id_unless_it_is_expanded(payments, stand):
    price = {"id": "price_1", "unit_amount": 100}
    product = {"id": "prod_1", "created": 1, "default_price": price}
    stand.store.put_many("stripe", "products", [("prod_1", product)])
    plain = payments.get("/stripe/v1/products").json()["data"][0]
    assert plain["default_price"] == "price_1"
    expand = {"expand[]": "data.default_price"}
    answer = payments.get("/stripe/v1/products", params=expand)
    assert answer.json()["data"][0]["default_price"] == price


def test_an_invoice_shows_ten_lines_and_its_coupons_on_request(payments, stand):
    discount = {"id": "di_1", "source": {"coupon": "FRIEND20"}}
    lines = {"has_more": False, "data": [{"id": f"il_{each}"} for each in range(12)]}
    body = {"id": "in_1", "created": 1, "discounts": [discount], "lines": lines}
    stand.store.put_many("stripe", "invoices", [("in_1", body)])
    [plain] = payments.get("/stripe/v1/invoices").json()["data"]
    assert (plain["discounts"], len(plain["lines"]["data"])) == (["di_1"], 10)
    assert plain["lines"]["has_more"] is True
    expand = {"expand[]": "discounts"}
    answer = payments.get("/stripe/v1/invoices/in_1", params=expand)
    assert answer.json()["discounts"] == [discount]
    parameters = {"starting_after": plain["lines"]["data"][-1]["id"], "limit": 1}
    rest = payments.get("/stripe/v1/invoices/in_1/lines", params=parameters)
    assert (ids(rest), rest.json()["has_more"]) == (["il_10"], True)
    assert payments.get("/stripe/v1/invoices/in_2").status_code == 404


def test_ended_subscriptions_are_listed_on_request(payments, stand):
    ended = {"id": "sub_1", "created": 1, "status": "canceled"}
    active = {"id": "sub_2", "created": 2, "status": "active"}
    documents = [("sub_1", ended), ("sub_2", active)]
    stand.store.put_many("stripe", "subscriptions", documents)
    assert ids(payments.get("/stripe/v1/subscriptions")) == ["sub_2"]
    everything = payments.get("/stripe/v1/subscriptions", params={"status": "all"})
    assert ids(everything) == ["sub_2", "sub_1"]


def test_events_tell_what_changed_after_an_event(payments, stand):
    stand.store.put_many("stripe", "charges", [charge(number) for number in range(4)])
    newest = payments.get("/stripe/v1/events", params={"limit": 1})
    stand.store.put_many(
        "stripe", "charges", [charge(2, amount_refunded=40), charge(9)]
    )
    parameters = {"type": "charge.*", "ending_before": ids(newest)[0]}
    told = payments.get("/stripe/v1/events", params=parameters).json()["data"]
    assert {one["data"]["object"]["id"] for one in told} == {"ch_002", "ch_009"}
    assert "charge.refunded" in {one["type"] for one in told}


def test_events_before_another_are_those_nearest_to_it(payments, stand):
    stand.store.put_many("stripe", "charges", [charge(number) for number in range(7)])
    events = ids(payments.get("/stripe/v1/events", params={"limit": 100}))
    parameters = {"limit": 2, "ending_before": events[-1]}
    answer = payments.get("/stripe/v1/events", params=parameters)
    assert ids(answer) == events[-3:-1]
    assert answer.json()["has_more"] is True


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"limit": "101"}, "parameter_invalid"),
        ({"page": "2"}, "parameter_unknown"),
        ({"starting_after": "ch_none"}, "resource_missing"),
    ],
)
def test_a_wrong_parameter_is_named(payments, parameters, code):
    answer = payments.get("/stripe/v1/charges", params=parameters)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["param"] in parameters


def test_a_wrong_key_is_refused_without_repeating_it(client):
    headers = {"Authorization": "Bearer sk_test_somebody"}
    answer = client.get("/stripe/v1/charges", headers=headers)
    assert answer.status_code == 401
    assert "somebody" not in answer.text
