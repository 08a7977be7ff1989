from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from activation.syncs.mapping import FieldMapping, FieldRule
from cdp.errors import Misconfigured, Rejected

ROW = {"name": "Ann", "city": None, "tier": "gold", "account": "a1"}
IDS = "accounts by account"
BEFORE = {"f": "earlier"}
# declared, row, what the tool has from us: what it gets
CASES: dict[str, tuple[Any, dict[str, Any], Any, dict[str, Any]]] = {
    "column": ("name", ROW, None, {"f": "Ann"}),
    "nothing overwrites": ({"column": "city"}, ROW, BEFORE, {"f": None}),
    "nothing is skipped": ({"column": "city", "write": "skip_empty"}, ROW, None, {}),
    "constant": ({"constant": 7}, ROW, BEFORE, {"f": 7}),
    "constant nothing": ({"constant": None}, ROW, BEFORE, {"f": None}),
    "template": (
        {"template": "{{ name }} ({{ tier|upper }})"},
        ROW,
        BEFORE,
        {"f": "Ann (GOLD)"},
    ),
    "template of nothing": (
        {"template": "{{ name }}{{ city }}"},
        ROW,
        None,
        {"f": "Ann"},
    ),
    "template of money": (
        {"template": "{{ amount * 2 }}"},
        {"amount": Decimal("1.10")},
        None,
        {"f": "2.20"},
    ),
    "empty template is skipped": (
        {"template": "{{ city }}", "write": "skip_empty"},
        ROW,
        BEFORE,
        {},
    ),
    "filled at first": (
        {"column": "tier", "write": "fill_empty_only"},
        ROW,
        None,
        {"f": "gold"},
    ),
    "filled later": (
        {"column": "tier", "write": "fill_empty_only"},
        ROW,
        {"f": None},
        {"f": "gold"},
    ),
    "filled once": ({"column": "tier", "write": "fill_empty_only"}, ROW, BEFORE, {}),
    "nothing fills nothing": (
        {"column": "city", "write": "fill_empty_only"},
        ROW,
        None,
        {},
    ),
    "lookup": (
        {"lookup": {"sync": "accounts", "key": "account"}},
        {**ROW, IDS: "001"},
        BEFORE,
        {"f": "001"},
    ),
    "lookup of nothing": (
        {"lookup": {"sync": "accounts", "key": "account"}},
        {"account": None, IDS: None},
        BEFORE,
        {"f": None},
    ),
}


def mapping(declared: Any) -> FieldMapping:
    rule = msgspec.convert(declared, str | FieldRule)
    return FieldMapping({"f": rule}, "mapping")


@pytest.mark.parametrize("case", CASES)
def test_a_row_becomes_a_record(case: str) -> None:
    declared, row, before, expected = CASES[case]

    assert mapping(declared).record(row, before) == expected


def test_only_what_is_sent_with_changes_is_compared() -> None:
    fields = FieldMapping(
        {
            "a": "name",
            "b": FieldRule(template="{{ tier }} of {{ city }}"),
            "c": FieldRule(column="first_seen", write="fill_empty_only"),
        },
        "mapping",
    )

    assert fields.compared == ("name", "city", "tier")
    assert fields.filled == ("first_seen",)
    assert fields.columns == ("name", "city", "tier", "first_seen")


def test_a_record_waits_for_the_one_that_it_points_at() -> None:
    declared = {"lookup": {"sync": "accounts", "key": "account"}}

    with pytest.raises(Rejected, match="waits for accounts"):
        mapping(declared).record({"account": "a1", IDS: None}, None)


@pytest.mark.parametrize(
    "declared",
    [{}, {"column": "a", "constant": 1}, {"template": "{{ name"}],
    ids=["nothing", "two sources", "no template"],
)
def test_a_rule_that_cannot_be_read_is_told(declared: Any) -> None:
    with pytest.raises(Misconfigured, match="mapping"):
        mapping(declared)
