from __future__ import annotations

from typing import Any

import pytest

from activation.sync import plan_syncs, sync
from cdp.errors import Misconfigured

QUERY = (
    "select customer_id, email, 'Doe' as last_name from {{ ref('crm_contacts') }}"
    " where order_count >= 7"
)
MAPPING = {"Customer_Id__c": "customer_id", "Email": "email", "LastName": "last_name"}


def test_the_rows_of_a_query_are_sent(shop: Any) -> None:
    shop.declare(query=QUERY, mapping=MAPPING)

    first = shop.run()
    shop.change("order_count = 8", "email = 'new@shop.example'")
    second = shop.run()

    assert (first.delivered_count, second.delivered_count) == (3, 1)
    assert second.unchanged_count == 2


def test_the_rows_of_an_analysis_are_sent(shop: Any) -> None:
    shop.declare(analysis="late_ones", mapping=MAPPING)
    code = f"-- Who came late? (G-20)\n{QUERY}; -- and nobody else"
    shop.add_node("analysis.h.late_ones", {"name": "late_ones", "raw_code": code})

    assert shop.run().delivered_count == 3


def test_a_view_is_sent_as_a_table_is(shop: Any) -> None:
    shop.run_sql(
        "alter table activation.crm_contacts rename to kept",
        "create view activation.crm_contacts as from activation.kept",
    )

    assert shop.run().delivered_count == 10


def test_rows_that_were_deleted_shift_nothing(shop: Any) -> None:
    shop.build(5000)
    shop.declare(guards={})
    shop.run()
    shop.run_sql("delete from activation.crm_contacts where order_count % 7 = 0")
    shop.change("order_count = 4001")
    result = shop.run()

    assert (result.updated_count, result.delivered_count) == (1, 1)


def test_part_of_a_structured_column_is_sent(shop: Any) -> None:
    shop.run_sql(
        "alter table activation.crm_contacts add column home struct(city varchar)",
        "update activation.crm_contacts set home = {'city': 'Turin'}",
    )
    shop.declare(mapping={**MAPPING, "MailingCity": "home.city"})

    shop.run()

    cities = {one["MailingCity"] for one in shop.taken("salesforce", "Contact")}
    assert cities == {"Turin"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"query": "drop table activation.crm_contacts"}, "one select"),
        ({"query": "select 1; drop table activation.crm_contacts"}, "one select"),
        ({"query": "select nothing from nowhere"}, "cannot be run"),
        ({"query": "select * from {{ source('a', 'b') }}"}, "no more of Jinja"),
        ({"query": "select * from {{ ref('other') }}"}, "no model 'other'"),
        ({"analysis": "none"}, "no analysis"),
        ({"query": "select 1", "model": "crm_contacts"}, "one place"),
        ({"source": {"postgres": "NO_SUCH_URL", "query": "select 1"}}, "NO_SUCH_URL"),
    ],
)
def test_a_source_that_cannot_be_read_is_told(
    shop: Any, changes: dict[str, Any], message: str
) -> None:
    shop.declare(**changes)

    with pytest.raises(Misconfigured) as error:
        plan_syncs(shop.settings)

    assert message in str(error.value)


def test_a_record_gets_the_tools_id_of_another(shop: Any) -> None:
    shop.run()
    ids = dict(shop.run_sql("select record_key, remote_id from ledger.sync_state"))
    lookup = {"lookup": {"sync": "accounts", "key": "customer_id"}}
    parent = {"lookup": {"sync": "accounts", "key": "customer_id", "take": "Parent"}}
    # what one sync has learned, another sync uses
    shop.run_sql("update ledger.sync_state set sync_name = 'accounts'")
    shop.run_sql("delete from ledger.sync_state where record_key = 'c_9'")
    mapping = {**MAPPING, "AccountId": lookup, "Parent__c": parent}
    shop.declare(mapping=mapping)
    shop.add_sync("accounts", mapping=MAPPING)

    result = shop.run(names=["crm"])

    assert all(ids.values())
    assert (result.delivered_count, result.rejected_count) == (9, 1)
    assert {
        one["Customer_Id__c"]: one.get("AccountId")
        for one in shop.taken("salesforce", "Contact")
        if one["Customer_Id__c"] != "c_9"
    } == {key: value for key, value in ids.items() if key != "c_9"}


def test_what_is_looked_up_is_sent_before(shop: Any) -> None:
    lookup = {"lookup": {"sync": "accounts", "key": "customer_id"}}
    shop.declare(mapping={**MAPPING, "AccountId": lookup})
    shop.add_sync("accounts", mapping=MAPPING)

    accounts, contacts = sync(shop.settings)

    assert (accounts.name, accounts.delivered_count) == ("accounts", 10)
    assert (contacts.name, contacts.delivered_count) == ("crm", 10)
    assert contacts.rejected_count == 0


def test_a_lookup_in_a_sync_that_there_is_not_is_told(shop: Any) -> None:
    lookup = {"lookup": {"sync": "acounts", "key": "customer_id"}}
    shop.declare(mapping={**MAPPING, "AccountId": lookup})

    with pytest.raises(Misconfigured, match="acounts"):
        plan_syncs(shop.settings)


@pytest.mark.parametrize("kind", ["query", "analysis"])
def test_rows_of_a_query_wait_for_the_tests_of_what_it_reads(
    shop: Any, kind: str
) -> None:
    source = {"query": QUERY} if kind == "query" else {"analysis": "late_ones"}
    shop.declare(depends_on=(), mapping=MAPPING, **source)
    shop.has_built("success", unique_id="fail")
    code = f"-- Who came late? (G-20)\n{QUERY}; -- and nobody else"
    shop.add_node("analysis.h.late_ones", {"name": "late_ones", "raw_code": code})

    assert "test unique_id did not pass" in shop.run().withheld_because


def test_another_destination_is_not_taken_for_the_same(shop: Any) -> None:
    shop.run()
    shop.declare(object="Lead")

    with pytest.raises(Misconfigured, match="went to salesforce Contact") as error:
        shop.run()

    assert "another name" in error.value.fix
