from __future__ import annotations

from typing import Any

import pytest

from activation.suppression import SuppressionList


def test_only_what_changed_is_sent(shop: Any) -> None:
    first = shop.run()
    second = shop.run()
    shop.change("customer_id = 'c_3'")
    third = shop.run()

    assert (first.created_count, first.delivered_count) == (10, 10)
    assert (second.unchanged_count, second.delivered_count) == (10, 0)
    assert (third.updated_count, third.delivered_count) == (1, 1)
    assert shop.counts("salesforce")["writes"] == 11


def test_values_arrive_as_the_tool_takes_them(shop: Any) -> None:
    shop.run()

    (contact,) = [
        one
        for one in shop.taken("salesforce", "Contact")
        if one["Customer_Id__c"] == "c_3"
    ]
    assert contact["Amount__c"] == 3.30
    assert contact["Orders__c"] == 3
    assert contact["Birthdate"] == "1990-02-01"
    assert contact["Last_Ordered_At__c"] == "2026-10-01T12:00:00.000Z"


def test_a_column_that_is_not_mapped_changes_nothing(shop: Any) -> None:
    shop.run()
    shop.run_sql("alter table activation.crm_contacts add column note varchar")
    shop.change("true", "note = 'new'")

    assert shop.run().unchanged_count == 10


def test_a_changed_mapping_sends_everything_after_a_person_agreed(shop: Any) -> None:
    shop.run()
    mapping = {**shop.mapping, "Title": "last_name"}
    shop.declare(mapping=mapping)

    held = shop.run()
    sent = shop.run(has_consent=True)

    assert held.is_held
    assert "held" in held.summary
    assert (sent.updated_count, sent.delivered_count) == (10, 10)


def test_a_change_of_too_much_stops_and_asks(shop: Any) -> None:
    shop.run()
    shop.change("order_count < 6")
    writes = shop.counts("salesforce")["writes"]

    held = shop.run()

    assert held.is_held
    assert held.changed_share == pytest.approx(0.6)
    assert shop.counts("salesforce")["writes"] == writes


def test_a_model_that_shrank_stops_and_asks(shop: Any) -> None:
    shop.run()
    shop.run_sql("delete from activation.crm_contacts where order_count > 1")

    held = shop.run()

    assert held.is_held
    assert held.gone_count == 8


def test_growth_is_no_reason_to_ask(shop: Any) -> None:
    shop.run()
    shop.build(500)

    grown = shop.run()

    assert not grown.is_held
    assert (grown.created_count, grown.unchanged_count) == (490, 10)


def test_rejected_records_are_tried_again_by_the_next_run(shop: Any) -> None:
    shop.change("customer_id = 'c_4'", "email = 'nobody'")

    first = shop.run()
    shop.change("customer_id = 'c_4'", "email = 'person4@shop.example'")
    second = shop.run()

    assert (first.delivered_count, first.rejected_count) == (9, 1)
    assert (second.created_count, second.delivered_count) == (1, 1)
    ((status, reason),) = shop.run_sql(
        "select status, reason from ledger.sync_outcomes"
        " where record_key = 'c_4' and status = 'rejected'"
    )
    assert status == "rejected"
    assert "INVALID_EMAIL_ADDRESS" in reason


def test_rows_that_share_a_key_and_rows_without_one_are_rejected(shop: Any) -> None:
    shop.run_sql(
        "insert into activation.crm_contacts"
        " select * replace ('Roe' as last_name) from activation.crm_contacts"
        " where customer_id = 'c_1'",
        "insert into activation.crm_contacts"
        " select * replace (null as customer_id) from activation.crm_contacts"
        " where customer_id = 'c_2'",
    )

    result = shop.run()

    assert (result.created_count, result.delivered_count) == (9, 9)
    assert result.rejected_count == 2
    reasons = dict(
        shop.run_sql(
            "select record_key, reason from ledger.sync_outcomes"
            " where status = 'rejected'"
        )
    )
    assert reasons == {
        "c_1": "several rows of the model have this key",
        None: "the key is empty",
    }


def test_a_suppressed_person_is_sent_to_no_tool(shop: Any) -> None:
    SuppressionList(shop.settings.data_dir).add("email", "person3@shop.example")

    result = shop.run()

    assert result.delivered_count == 9
    emails = {one["Email"] for one in shop.taken("salesforce", "Contact")}
    assert "person3@shop.example" not in emails
    rows = shop.run_sql(
        "select record_key, reason from ledger.sync_outcomes where status = 'filtered'"
    )
    assert rows == [("c_3", "the person is suppressed")]
