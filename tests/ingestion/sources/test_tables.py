from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ingestion.sources.tables import Table, columns, moment

TABLE = Table(
    "orders",
    key="id",
    cursor="updated",
    columns=columns(
        text="id", decimal="total", date="day", timestamp="updated", json="lines"
    ),
)


def test_values_get_their_declared_types():
    row = TABLE.row(
        {
            "id": 7,
            "total": 12.3,
            "day": "2026-03-01",
            "updated": 1_772_323_200,
            "lines": [{"sku": "a"}],
            "note": "as sent",
        }
    )
    assert row == {
        "id": "7",
        "total": Decimal("12.3"),
        "day": date(2026, 3, 1),
        "updated": datetime(2026, 3, 1, tzinfo=UTC),
        "lines": [{"sku": "a"}],
        "note": "as sent",
    }


def test_what_does_not_fit_is_left_as_it_is():
    row = TABLE.row({"id": "7", "total": "free", "day": "soon", "updated": "later"})
    assert row == {"id": "7", "total": "free", "day": "soon", "updated": "later"}


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T01:00:00.000+0100",
        "2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00",
        1_772_323_200,
    ],
)
def test_every_vendors_way_to_write_a_time_is_read(text):
    assert moment(text) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"key": "number", "columns": columns(text="id")}, "number is not declared"),
        (
            {"key": "id", "cursor": "changed", "columns": columns(text="id")},
            "changed is not declared",
        ),
        ({"key": "id", "columns": columns(money="id")}, "unknown types"),
    ],
)
def test_a_wrong_declaration_fails_when_it_is_made(wrong, message):
    with pytest.raises(ValueError, match=message):
        Table("orders", **wrong)
