"""What a source declares of how many of its rows may go."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.errors import Misconfigured
from ingestion.collapse import LARGEST_FALL, largest_fall_of


@pytest.mark.parametrize(
    ("declared", "fall"),
    [({}, LARGEST_FALL), ({"largest_fall": None}, LARGEST_FALL),
     ({"largest_fall": 0}, 0), ({"largest_fall": "0.9"}, 0.9)],
)  # fmt: skip
def test_no_share_is_a_share(declared: dict[str, Any], fall: float) -> None:
    assert largest_fall_of(declared, "sources.shop") == fall


@pytest.mark.parametrize("declared", ["half", 50, -1, [0.5]])
def test_what_is_no_share_is_the_operators_turn(declared: Any) -> None:
    with pytest.raises(Misconfigured, match=r"sources\.shop: largest_fall is no share"):
        largest_fall_of({"largest_fall": declared}, "sources.shop")
