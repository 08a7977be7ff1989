import httpx
import pytest

ORDERS = "/shopify/admin/api/2026-10/orders.json"


@pytest.fixture
def shop(client, stand, known) -> httpx.Client:
    client.headers["X-Shopify-Access-Token"] = known["SHOPIFY_ACCESS_TOKEN"]
    stand.store.put_many("shopify", "orders", [order(number) for number in range(5)])
    stand.traffic.largest_page = 2
    return client


def order(number: int) -> tuple[str, dict]:
    stamp = f"2026-01-0{number + 1}T00:00:00+00:00"
    body = {"id": number, "name": f"#{number}", "created_at": stamp}
    body["closed_at"] = stamp if number == 1 else None
    return str(number), {**body, "updated_at": stamp}


def listed(shop: httpx.Client, **parameters: str) -> list[int]:
    answer = shop.get(ORDERS, params=parameters)
    found = [one["id"] for one in answer.json()["orders"]]
    while "next" in answer.links:
        answer = shop.get(answer.links["next"]["url"])
        found += [one["id"] for one in answer.json()["orders"]]
    return found


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [4, 3, 2, 0]),
        ({"status": "any"}, [4, 3, 2, 1, 0]),
        ({"status": "any", "order": "updated_at asc"}, [0, 1, 2, 3, 4]),
        ({"updated_at_min": "2026-01-04T00:00:00Z"}, [4, 3]),
        (
            {
                "created_at_min": "2026-01-03T00:00:00Z",
                "created_at_max": "2026-01-04T00:00:00Z",
            },
            [3, 2],
        ),
    ],
    ids=["open ones", "any", "oldest change first", "changed since", "created between"],
)
def test_the_links_lead_through_what_was_asked_for(shop, parameters, expected):
    assert listed(shop, **parameters) == expected
    count = shop.get(ORDERS.replace(".json", "/count.json"), params=parameters)
    assert count.json() == {"count": len(expected)}


def test_a_later_page_has_the_fields_of_the_first_and_takes_no_filter(shop):
    answer = shop.get(ORDERS, params={"fields": "id"})
    later = answer.links["next"]["url"]
    assert shop.get(later).json() == {"orders": [{"id": 2}, {"id": 0}]}
    refused = shop.get(f"{later}&status=any")
    assert refused.status_code == 400
    assert "page_info" in refused.json()["errors"]
    assert shop.get(ORDERS, params={"page_info": "no"}).status_code == 400


def test_a_stranger_is_refused(client):
    for path in (ORDERS, "/shopify/admin/oauth/access_scopes.json"):
        answer = client.get(path, headers={"X-Shopify-Access-Token": "wrong"})
        assert (answer.status_code, "errors" in answer.json()) == (401, True)
