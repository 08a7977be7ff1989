from __future__ import annotations

from typing import Any

import msgspec
import pytest

from activation.syncs.mapping import FieldMapping, FieldRule
from cdp.errors import Misconfigured, Rejected

ROW = {"name": "Ann", "city": None, "tier": "gold", "account": "a1"}
IDS = "accounts by account"
# declared, row, whether the record is new: what the tool gets
CASES: dict[str, tuple[Any, dict[str, Any], bool, dict[str, Any]]] = {
    "column": ("name", ROW, True, {"f": "Ann"}),
    "nothing overwrites": ({"column": "city"}, ROW, False, {"f": None}),
    "nothing is skipped": ({"column": "city", "write": "skip_empty"}, ROW, True, {}),
    "constant": ({"constant": 7}, ROW, False, {"f": 7}),
    "constant nothing": ({"constant": None}, ROW, False, {"f": None}),
    "template": (
        {"template": "{{ name }} ({{ tier|upper }})"},
        ROW,
        False,
        {"f": "Ann (GOLD)"},
    ),
    "filled once": (
        {"column": "tier", "write": "fill_empty_only"},
        ROW,
        True,
        {"f": "gold"},
    ),
    "never again": ({"column": "tier", "write": "fill_empty_only"}, ROW, False, {}),
    "lookup": (
        {"lookup": {"sync": "accounts", "key": "account"}},
        {**ROW, IDS: "001"},
        False,
        {"f": "001"},
    ),
    "lookup of nothing": (
        {"lookup": {"sync": "accounts", "key": "account"}},
        {"account": None, IDS: None},
        False,
        {"f": None},
    ),
}


def mapping(declared: Any) -> FieldMapping:
    rule = msgspec.convert(declared, str | FieldRule)
    return FieldMapping({"f": rule}, "mapping")


@pytest.mark.parametrize("case", CASES)
def test_a_row_becomes_a_record(case: str) -> None:
    declared, row, is_new, expected = CASES[case]

    assert mapping(declared).record(row, is_new=is_new) == expected


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
    assert fields.columns == ("name", "city", "tier", "first_seen")


def test_a_record_waits_for_the_one_that_it_points_at() -> None:
    declared = {"lookup": {"sync": "accounts", "key": "account"}}

    with pytest.raises(Rejected, match="waits for accounts"):
        mapping(declared).record({"account": "a1", IDS: None}, is_new=True)


@pytest.mark.parametrize(
    "declared",
    [{}, {"column": "a", "constant": 1}, {"template": "{{ name"}],
    ids=["nothing", "two sources", "no template"],
)
def test_a_rule_that_cannot_be_read_is_told(declared: Any) -> None:
    with pytest.raises(Misconfigured, match="mapping"):
        mapping(declared)
