from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from activation.destinations.delivery import Patience
from activation.sync import sync
from activation.sync_result import SyncResult
from cdp.errors import Misconfigured
from cdp.warehouse import writing_turn
from sandbox.tools.traffic import Fault

MAPPING = {
    "Customer_Id__c": "customer_id",
    "Email": "email",
    "LastName": "last_name",
    "Orders__c": "order_count",
    "Amount__c": "order_amount",
    "Birthdate": "birth_date",
    "Last_Ordered_At__c": "last_ordered_at",
}
META = {
    "destination": "salesforce",
    "object": "Contact",
    "key": "customer_id",
    "external_id_field": "Customer_Id__c",
    "mode": "upsert",
    "mapping": MAPPING,
    "guards": {"max_changed_share": 0.5},
}


def declare(workspace: Any, **changes: Any) -> None:
    """Write the part of dbt's manifest that a sync is read from."""
    manifest = {
        "nodes": {
            "model.h.crm_contacts": {
                "name": "crm_contacts",
                "schema": "activation",
                "alias": "crm_contacts",
            }
        },
        "exposures": {
            "exposure.h.crm": {
                "name": "crm",
                "config": {"meta": {"sync": META | changes}},
                "depends_on": {"nodes": ["model.h.crm_contacts"]},
            },
            "exposure.h.scorecard": {
                "name": "scorecard",
                "config": {"meta": {}},
                "depends_on": {"nodes": []},
            },
        },
    }
    folder = workspace.settings.dbt_target_dir
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def build(workspace: Any, count: int) -> None:
    """Build the model as dbt would, with customers c_0, c_1, …."""
    workspace.run_sql(
        "create schema if not exists activation",
        f"""
        create or replace table activation.crm_contacts as
        select
            'c_' || number as customer_id,
            'person' || number || '@shop.example' as email,
            'Doe' as last_name,
            number as order_count,
            cast(number * 1.10 as decimal(18, 2)) as order_amount,
            date '1990-02-01' as birth_date,
            timestamp '2026-10-01 12:00:00' as last_ordered_at
        from range({count}) as numbers(number)
        """,  # noqa: S608
    )


def change(workspace: Any, condition: str, setting: str = "last_name = 'Roe'") -> None:
    workspace.run_sql(
        f"update activation.crm_contacts set {setting} where {condition}"  # noqa: S608
    )


def run(workspace: Any, **options: Any) -> SyncResult:
    (result,) = sync(workspace.settings, **options)
    return result


@pytest.fixture
def shop(workspace: Any) -> Any:
    """A workspace with ten customers and one sync of them."""
    declare(workspace)
    build(workspace, 10)
    return workspace


def test_only_what_changed_is_sent(shop: Any) -> None:
    first = run(shop)
    second = run(shop)
    change(shop, "customer_id = 'c_3'")
    third = run(shop)

    assert (first.created_count, first.delivered_count) == (10, 10)
    assert (second.unchanged_count, second.delivered_count) == (10, 0)
    assert (third.updated_count, third.delivered_count) == (1, 1)
    assert shop.counts("salesforce")["writes"] == 11


def test_values_arrive_as_the_tool_takes_them(shop: Any) -> None:
    run(shop)

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
    run(shop)
    shop.run_sql("alter table activation.crm_contacts add column note varchar")
    change(shop, "true", "note = 'new'")

    assert run(shop).unchanged_count == 10


def test_a_changed_mapping_sends_everything_after_a_person_agreed(shop: Any) -> None:
    run(shop)
    mapping = {**MAPPING, "Title": "last_name"}
    declare(shop, mapping=mapping)

    held = run(shop)
    sent = run(shop, has_consent=True)

    assert held.is_held
    assert "held" in held.summary
    assert (sent.updated_count, sent.delivered_count) == (10, 10)


def test_a_change_of_too_much_stops_and_asks(shop: Any) -> None:
    run(shop)
    change(shop, "order_count < 6")
    writes = shop.counts("salesforce")["writes"]

    held = run(shop)

    assert held.is_held
    assert held.changed_share == pytest.approx(0.6)
    assert shop.counts("salesforce")["writes"] == writes


def test_a_model_that_shrank_stops_and_asks(shop: Any) -> None:
    run(shop)
    shop.run_sql("delete from activation.crm_contacts where order_count > 1")

    held = run(shop)

    assert held.is_held
    assert held.gone_count == 8


def test_growth_is_no_reason_to_ask(shop: Any) -> None:
    run(shop)
    build(shop, 500)

    grown = run(shop)

    assert not grown.is_held
    assert (grown.created_count, grown.unchanged_count) == (490, 10)


def test_rejected_records_are_tried_again_by_the_next_run(shop: Any) -> None:
    change(shop, "customer_id = 'c_4'", "email = 'nobody'")

    first = run(shop)
    change(shop, "customer_id = 'c_4'", "email = 'person4@shop.example'")
    second = run(shop)

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

    result = run(shop)

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


def test_a_dry_run_shows_bodies_and_sends_nothing(shop: Any) -> None:
    run(shop)
    change(shop, "customer_id = 'c_3'")

    preview = run(shop, dry_run=True)

    assert (preview.updated_count, preview.unchanged_count) == (1, 9)
    (sample,) = preview.samples
    assert json.loads(sample)["LastName"] == "Roe"
    assert shop.counts("salesforce")["writes"] == 10
    assert run(shop).delivered_count == 1


def test_a_dead_tool_loses_nothing(shop: Any, hasty: Patience) -> None:
    shop.stand.traffic.inject("salesforce", Fault("status", status=503), count=3)

    down = run(shop, patience=hasty)
    up = run(shop, patience=hasty)

    assert down.stopped_by is not None
    assert (down.delivered_count, down.retry_count) == (0, 10)
    assert up.delivered_count == 10


def test_a_wrong_credential_is_told_after_the_outcomes_are_kept(
    shop: Any, hasty: Patience
) -> None:
    environment = dict(shop.environment) | {"SALESFORCE_CLIENT_SECRET": "wrong"}
    settings = replace(shop.settings, environment=environment)

    with pytest.raises(Misconfigured, match="crm"):
        sync(settings, patience=hasty)

    assert shop.run_sql("select distinct status from ledger.sync_outcomes") == [
        ("misconfigured",)
    ]
    assert run(shop).delivered_count == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "no_such"}, "no column no_such"),
        ({"mode": "mirror"}, "mode"),
        ({"mapping": {}}, "no field is mapped"),
        ({"guard": {}}, "guard"),
        ({"destination": "fax"}, "destinations.fax"),
    ],
)
def test_a_sync_that_is_not_complete_says_what_is_missing(
    shop: Any, changes: dict[str, Any], message: str
) -> None:
    declare(shop, **changes)

    with pytest.raises(Misconfigured) as error:
        sync(shop.settings)

    assert message in str(error.value)


def test_an_unknown_sync_names_the_known_ones(shop: Any) -> None:
    with pytest.raises(Misconfigured, match="'cmr'") as error:
        sync(shop.settings, ["cmr"])

    assert "crm" in error.value.fix


def test_a_model_that_is_not_built_says_so(workspace: Any) -> None:
    declare(workspace)

    with pytest.raises(Misconfigured, match="not been built"):
        sync(workspace.settings)


def test_the_warehouse_is_free_while_the_tool_answers(shop: Any) -> None:
    shop.stand.traffic.inject("salesforce", Fault("slow", seconds=2), count=9)
    thread = threading.Thread(target=run, args=[shop])
    thread.start()
    _await(lambda: shop.stand.traffic.requests["salesforce"] > 0)

    with writing_turn(shop.settings, "load", wait_seconds=0.5):
        is_still_sending = thread.is_alive()
    thread.join(60)

    assert is_still_sending
    assert shop.run_sql("select count(*) from ledger.sync_state") == [(10,)]


def test_a_killed_sync_loses_nothing_and_repeats_at_most_a_batch(shop: Any) -> None:
    build(shop, 2000)
    slow = Fault("slow", seconds=0.2, path_contains="composite")
    shop.stand.traffic.inject("salesforce", slow, count=1000)
    process = shop.start_cdp("sync")
    _await(lambda: shop.counts("salesforce")["writes"] >= 400)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    shop.stand.traffic.reset()

    rest = run(shop)

    assert rest.created_count < 2000
    counts = shop.counts("salesforce")
    assert counts["distinct_keys"] == 2000
    assert counts["duplicates"] <= 200
    assert shop.run_sql(
        "select count(*), count(distinct record_key) from ledger.sync_state"
    ) == [(2000, 2000)]
    # the run that was killed never ended, and is in the ledger with what it delivered
    runs = shop.run_sql(
        "select ended_at is null, delivered_count from ledger.sync_runs"
        " order by started_at"
    )
    assert [is_killed for is_killed, _ in runs] == [True, False]
    assert sum(delivered for _, delivered in runs) == 2000


def test_a_journal_torn_in_the_middle_of_a_line_counts_whole_lines(shop: Any) -> None:
    folder = shop.settings.data_dir / "sync"
    folder.mkdir()
    run_line = {
        "run_id": "r1",
        "sync_name": "crm",
        "started_at": "2026-10-01T00:00:00.000Z",
        "created_count": 10,
        "updated_count": 0,
        "unchanged_count": 0,
    }
    kept = {"key": "c_1", "hash": 1, "status": "delivered"}
    text = f"{json.dumps(run_line)}\n{json.dumps(kept)}\n" + '{"key":"c_2","sta'
    (folder / "crm.ndjson").write_text(text)

    result = run(shop)

    assert (result.created_count, result.updated_count) == (9, 1)
    assert not (folder / "crm.ndjson").exists()


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
