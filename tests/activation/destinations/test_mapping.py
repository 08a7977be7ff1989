from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.mapping import number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12.5, 12.5),
        ("12.50", 12.5),
        (" 3 ", 3),
        ("-4", -4),
        ("1e3", 1000),
        (True, None),
        ("1,200.00", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e999999", None),  # no tool's JSON could hold a million digits
        ({"amount": 1}, None),
    ],
)
def test_a_number_is_read_from_its_text(value: Any, expected: Any) -> None:
    assert number(value) == expected
