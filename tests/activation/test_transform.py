from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.transform import find_transformations, transformed
from cdp.errors import Misconfigured, Rejected


def test_transformations_run_in_their_order() -> None:
    steps = (
        ("first", lambda event: {**event, "seen": [*event["seen"], 1]}),
        ("second", lambda event: {**event, "seen": [*event["seen"], 2]}),
    )

    assert transformed({"seen": []}, steps) == [{"seen": [1, 2]}]


def test_nothing_runs_after_an_event_was_kept_back() -> None:
    def fail(event: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError

    assert transformed({}, (("keep", lambda _: None), ("fail", fail))) == []


def test_a_failing_transformation_rejects_this_event_and_quotes_nothing(
    event: Callable[..., dict[str, Any]],
) -> None:
    def fail(event: dict[str, Any]) -> dict[str, Any]:
        return {"price": int(event["properties"]["email"])}

    with pytest.raises(Rejected) as refusal:
        transformed({"properties": {"email": "jo@example.com"}}, (("price", fail),))

    assert refusal.value.message == "transformation price failed (ValueError)"


def test_what_is_no_event_is_rejected() -> None:
    with pytest.raises(Rejected, match="returned no event"):
        transformed({}, (("odd", lambda _: "x"),))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("name", ["no_such", "../cursor", "old-event-names"])
def test_only_modules_of_the_folder_are_transformations(name: str) -> None:
    with pytest.raises(Misconfigured, match="no transformation"):
        find_transformations([name], "headwater.yml")
