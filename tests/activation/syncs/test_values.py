"""Values of every type, and what is not sent because the tool has it as it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from activation.sync import plan_syncs
from cdp.errors import Misconfigured

MAPPING = {"Customer_Id__c": "customer_id", "LastName": "last_name"}
JSON = """cast('{"city": "Turin", "floor": 3, "fees": [1.10]}' as json)"""
# SQL of a column, what is mapped of it: what the tool gets, digit by digit
TYPES: dict[str, tuple[str, str, Any]] = {
    "a sum": ("(select sum(n) from range(4) as t(n))", "v", "6"),
    "beyond 53 bits": ("9007199254740993", "v", "9007199254740993"),
    "money": ("cast(12.30 as decimal(18, 2))", "v", "12.30"),
    "short float": ("cast(0.1 as float)", "v", "0.1"),
    "not a number": ("cast('nan' as double)", "v", "null"),
    "a zone": (
        "timestamptz '2026-01-01 00:30:00+02'",
        "v",
        '"2025-12-31T22:30:00.000Z"',
    ),
    "bytes": ("'\\xAA'::blob", "v", '"qg=="'),
    "json": (JSON, "v", '{"city":"Turin","floor":3,"fees":[1.10]}'),
    "a text in json": (JSON, "v.city", '"Turin"'),
    "a number in json": (JSON, "v.floor", "3"),
    "absent in json": (JSON, "v.street.name", "null"),
    "json in a text": ("""'{"home": {"city": "Turin"}}'""", "v.home.city", '"Turin"'),
    "a list in a text": ("'[]'", "v.city", "null"),
    "a struct": ("{'city': 'Turin'}", "v.city", '"Turin"'),
    "a map": ("map {'city': 'Turin'}", "v.city", '"Turin"'),
}


@pytest.mark.parametrize("case", TYPES)
def test_a_value_arrives_as_it_is(shop: Any, case: str) -> None:
    sql, column, expected = TYPES[case]
    shop.run_sql(
        "create or replace table activation.crm_contacts as"  # noqa: S608
        f" select *, {sql} as v from activation.crm_contacts limit 1"
    )
    shop.declare(mapping={**MAPPING, "Value__c": column})

    (preview,) = plan_syncs(shop.settings)

    body = msgspec.json.decode(preview.shown[0].body, type=dict[str, msgspec.Raw])
    assert bytes(body["Value__c"]).decode() == expected


def test_a_text_that_is_no_json_has_no_part_beside_one_that_is(shop: Any) -> None:
    city = """if(order_count = 1, 'Turin', '{"city": "Turin"}')"""
    shop.run_sql(
        "create or replace table activation.crm_contacts as"  # noqa: S608
        f" select *, {city} as v from activation.crm_contacts"
    )
    shop.declare(mapping={**MAPPING, "Value__c": "v.city"})

    (preview,) = plan_syncs(shop.settings, show=["c_0", "c_1"])

    values = [msgspec.json.decode(one.body)["Value__c"] for one in preview.shown]
    assert values == ["Turin", None]


def test_a_column_that_has_no_parts_is_told(shop: Any) -> None:
    shop.declare(mapping={**MAPPING, "City": "order_count.city"})

    with pytest.raises(Misconfigured, match="cannot be read"):
        plan_syncs(shop.settings)


@pytest.mark.parametrize("key", ["''", "' '", "cast(null as varchar)"])
def test_a_row_without_a_key_is_refused(shop: Any, key: str) -> None:
    shop.run_sql(
        "create or replace table activation.crm_contacts as"  # noqa: S608
        f" select * replace ({key} as customer_id) from activation.crm_contacts limit 1"
    )

    result = shop.run()

    assert (result.delivered_count, result.rejected_count) == (0, 1)
    assert shop.run_sql("select reason from ledger.sync_outcomes") == [
        ("the key is empty",)
    ]


def reordered(mapping: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(mapping.items()))


def written_out(mapping: dict[str, Any]) -> dict[str, Any]:
    return {name: {"column": column} for name, column in mapping.items()}


def templated(mapping: dict[str, Any]) -> dict[str, Any]:
    name = "{% if order_count == 3 %}Roe{% else %}{{ last_name }}{% endif %}"
    return mapping | {"LastName": {"template": name}}


def without_a_field(mapping: dict[str, Any]) -> dict[str, Any]:
    return {name: column for name, column in mapping.items() if name != "Email"}


def with_one_that_fills_once(mapping: dict[str, Any]) -> dict[str, Any]:
    rule = {"column": "last_name", "write": "fill_empty_only"}
    return mapping | {"LastName": rule}


# how a mapping changes, and how many of ten records the tool would notice it in
CHANGES: dict[str, tuple[Any, int]] = {
    "another order": (reordered, 0),
    "another way to write it": (written_out, 0),
    "a field less": (without_a_field, 0),
    "filled once": (with_one_that_fills_once, 0),
    "one record's value": (templated, 1),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_mapping_sends_again_what_it_changes(shop: Any, case: str) -> None:
    change, count = CHANGES[case]
    shop.run()
    shop.declare(mapping=change(shop.mapping))
    writes = shop.counts("salesforce")["writes"]

    changed = shop.run()
    again = shop.run()

    assert (changed.updated_count, changed.delivered_count) == (count, count)
    assert changed.unchanged_count == 10 - count
    assert shop.counts("salesforce")["writes"] == writes + count
    assert (again.unchanged_count, again.delivered_count) == (10, 0)


def test_a_column_of_another_type_changes_nothing(shop: Any) -> None:
    shop.run()
    shop.run_sql(
        "alter table activation.crm_contacts alter order_count type integer",
        "alter table activation.crm_contacts alter order_amount type decimal(20, 4)",
    )

    assert shop.run().unchanged_count == 10


def test_what_fills_once_is_sent_when_there_is_something(shop: Any) -> None:
    rule = {"column": "email", "write": "fill_empty_only"}
    shop.declare(mapping={**MAPPING, "Email": rule})
    shop.change("true", "email = null")
    first = shop.run()
    shop.change("order_count = 3", "email = 'a@shop.example'")
    filled = shop.run()
    shop.change("order_count = 3", "email = 'b@shop.example'")
    later = shop.run()

    assert (first.delivered_count, filled.delivered_count) == (10, 1)
    assert (later.unchanged_count, later.delivered_count) == (10, 0)
    emails = {one.get("Email") for one in shop.taken("salesforce", "Contact")}
    assert emails == {None, "a@shop.example"}
