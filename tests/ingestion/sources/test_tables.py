import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ingestion.sources.contract import SeenTypes, Unfit
from ingestion.sources.tables import Table, columns, moment

TABLE = Table(
    "orders",
    key="id",
    cursor="updated",
    columns=columns(
        text="id",
        bigint="count",
        bool="is_open",
        decimal="total",
        date="day",
        timestamp="updated",
        json="lines",
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


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("total", "free", "total: decimal expected, a text came"),
        ("total", 12.345, "total: decimal expected, more than two places came"),
        ("day", "soon", "day: date expected, a text came"),
        ("updated", "later", "updated: timestamp expected, a text came"),
        ("updated", True, "updated: timestamp expected, a truth value came"),
        ("id", {"a": 1}, "id: text expected, an object came"),
        ("id", None, "id: the key is missing"),
        ("count", "many", "count: bigint expected, a text came"),
        ("count", 1.5, "count: bigint expected, a number came"),
        ("count", 2**63, "count: bigint expected, a number came"),
        ("is_open", 1, "is_open: bool expected, a number came"),
    ],
)
def test_a_declared_field_that_does_not_fit_refuses_its_record(field, value, reason):
    with pytest.raises(Unfit, match=f"^{reason}$"):
        TABLE.row({"id": "7", field: value})


def test_an_undeclared_field_takes_the_type_of_its_first_value():
    seen = SeenTypes({"stars": "bigint"}, str.lower)
    documents = [
        {"id": "1", "note": "x", "stars": 5},
        {"id": "2", "note": 3, "stars": "five"},
        {"id": "3", "note": None, "stars": 4.0, "tip": 1},
        {"id": "4", "tip": {"amount": 1}},
    ]
    rows, refused = TABLE.fit(documents, seen)
    assert [sorted(row) for row in rows] == [
        ["id", "note", "stars"],
        ["id", "note"],
        ["id", "note", "stars", "tip"],
        ["id"],
    ]
    assert [(row["record_key"], row["reason"]) for row in refused] == [
        ("2", "stars: bigint expected, a text came"),
        ("4", "tip: bigint expected, an object came"),
    ]
    assert json.loads(refused[0]["document"]) == documents[1]


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
