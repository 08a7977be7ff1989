from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.commerce import standard_name, value_of


@pytest.mark.parametrize(
    ("properties", "worth"),
    [
        ({"revenue": "25.00", "total": 30}, 25),
        ({"total": "30.50"}, 30.5),
        ({"revenue": "n/a", "total": 30}, 30),
        ({"products": [{"sku": "a", "price": 2.5, "quantity": 3}]}, 7.5),
        ({"products": [{"sku": "a", "price": "2.50"}]}, 2.5),
        ({"products": [{"sku": "a", "price": 4, "quantity": "0.25"}]}, 1),  # by weight
        ({"products": [{"sku": "a", "price": 4, "quantity": 0}]}, 0),
        ({"price": 4, "sku": "a", "quantity": 2}, 8),
        ({"price": 4}, None),
        ({"total": "1,200.00"}, None),
        ({"products": []}, None),
        ({}, None),
    ],
)
def test_what_an_event_is_worth(properties: dict[str, Any], worth: Any) -> None:
    assert value_of(properties) == worth


@pytest.mark.parametrize(
    "spelling",
    ["Order Completed", "order_completed", "order-completed", " Completed Order "],
)
def test_a_standard_event_has_one_name(spelling: str) -> None:
    assert standard_name(spelling) == "order_completed"
