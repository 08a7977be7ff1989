from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from cdp.errors import Misconfigured
from cdp.settings import Settings
from ml.attribution.learning import learn

Frames = dict[str, pd.DataFrame]


def paths(*rows: tuple[str, str, int, bool]) -> Frames:
    columns = ["conversion_type", "channel_path", "touch_count", "is_converted"]
    return {"attribution_paths": pd.DataFrame(rows, columns=columns)}


def test_weights_are_written_for_every_model_and_type_and_replaced(
    settings: Settings,
    fill: Callable[[Frames], None],
    rows_of: Callable[[str], list[tuple[object, ...]]],
) -> None:
    fill(
        paths(
            ("order", "email > direct", 2, True),
            ("order", "email", 1, False),
            ("sign_up", "direct", 1, True),
            ("sign_up", "unknown", 0, True),
        )
    )
    learn(settings)
    done = learn(settings)
    rows = rows_of(
        "select attribution_model, conversion_type, channel_path, channel"
        " from predictions.attribution_weights"
    )
    assert len(rows) == done.row_count == len(set(rows))
    assert ("markov", "order", "*", "email") in rows
    assert ("shapley", "order", "email > direct", "direct") in rows
    assert ("shapley_ordered", "sign_up", "direct", "direct") in rows
    assert not [row for row in rows if row[3] == "unknown"]


def test_nothing_to_learn_from_is_said_and_no_error(
    settings: Settings, fill: Callable[[Frames], None]
) -> None:
    fill(paths(("order", "unknown", 0, True)))
    assert "nothing to learn" in learn(settings).summary


def test_marts_that_are_missing_are_asked_for(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="no warehouse yet"):
        learn(settings)
