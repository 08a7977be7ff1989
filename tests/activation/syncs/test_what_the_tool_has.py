"""Modes that go by what the tool has, whoever made it."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from activation.sync import apply_plan, plan_syncs, sync
from activation.sync_result import SyncResult
from activation.syncs.preview import Preview
from cdp.errors import Misconfigured, Rejected
from sandbox.tools.traffic import Fault

ABSENT = "the tool has no such record"
PRESENT = "the tool has the record already"


def sales_people_add(shop: Any, *numbers: int, **fields: Any) -> None:
    """Put contacts into the CRM that no sync has delivered."""
    documents = [
        (
            f"003SALES{number:07d}",
            {
                "Id": f"003SALES{number:07d}",
                "IsDeleted": False,
                "Customer_Id__c": f"C_{number}",
                "LastName": "Typed in",
                "SystemModstamp": "2026-01-01T00:00:00.000+0000",
                **fields,
            },
        )
        for number in numbers
    ]
    shop.stand.store.put_many("salesforce", "Contact", documents)


def contacts(shop: Any) -> dict[str, str]:
    return {
        one["Customer_Id__c"].lower(): one["LastName"]
        for one in shop.taken("salesforce", "Contact")
        if not one["IsDeleted"]
    }


def writes(shop: Any) -> int:
    return int(shop.counts("salesforce")["writes"])


def requests(shop: Any) -> int:
    return int(shop.counts("salesforce")["requests"])


def outcomes(shop: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = shop.run_sql(
        "select status, action, reason, count(*) from ledger.sync_outcomes"
        " where run_id = (select arg_max(run_id, started_at) from ledger.sync_runs)"
        " group by all order by 1"
    )
    return found


def counts_of(result: SyncResult) -> tuple[int, int, int, int]:
    return (
        result.delivered_count,
        result.left_count,
        result.rejected_count,
        result.waiting_count,
    )


def preview(shop: Any, *show: str) -> Preview:
    (made,) = plan_syncs(shop.settings, show=show)
    return made


def grow_older(shop: Any, hours: float) -> None:
    by = f"to_minutes({round(hours * 60)})"
    shop.run_sql(f"update ledger.sync_left set left_at = left_at - {by}")  # noqa: S608


def test_update_only_changes_what_sales_people_made_and_makes_nothing(
    shop: Any,
) -> None:
    sales_people_add(shop, 3, 5)
    shop.declare(mode="update_only")

    result = shop.run()

    assert contacts(shop) == {"c_3": "Doe", "c_5": "Doe"}
    assert counts_of(result) == (2, 8, 0, 0)
    assert (result.updated_count, result.created_count) == (10, 0)
    assert "2 delivered, 8 left" in result.summary
    assert outcomes(shop) == [
        ("delivered", "update", None, 2),
        ("left", "update", ABSENT, 8),
    ]
    assert shop.run_sql("select left_count from ledger.sync_runs") == [(8,)]


def test_what_the_tool_lacked_is_not_asked_for_on_each_run(shop: Any) -> None:
    sales_people_add(shop, 3)
    shop.declare(mode="update_only")
    shop.run()
    before = requests(shop)

    result = shop.run()

    assert requests(shop) == before
    assert counts_of(result) == (0, 0, 0, 0)
    assert (result.updated_count, result.unchanged_count) == (0, 1)


def test_what_the_tool_lacked_is_asked_for_again_by_the_run_of_the_next_day(
    shop: Any,
) -> None:
    shop.declare(mode="update_only")
    shop.run()
    sales_people_add(shop, 3)

    grow_older(shop, 19.9)
    early = shop.run()
    grow_older(shop, 0.2)
    late = shop.run()

    assert (early.updated_count, late.updated_count) == (0, 10)
    assert counts_of(late) == (1, 9, 0, 0)
    assert contacts(shop) == {"c_3": "Doe"}
    assert shop.run_sql("select count(*) from ledger.sync_left") == [(9,)]


def test_how_long_a_sync_waits_before_it_asks_again_is_its_own_choice(
    shop: Any,
) -> None:
    shop.declare(mode="update_only", ask_again_hours=1)
    shop.run()
    grow_older(shop, 1.1)

    assert shop.run().updated_count == 10


def test_what_the_tool_lacked_is_asked_for_when_its_row_changes(shop: Any) -> None:
    shop.declare(mode="update_only")
    shop.run()
    sales_people_add(shop, 3, 4)
    shop.change("customer_id = 'c_3'")

    result = shop.run()

    assert counts_of(result) == (1, 0, 0, 0)
    assert contacts(shop) == {"c_3": "Roe", "c_4": "Typed in"}


def test_a_record_that_the_tool_lost_is_no_longer_known_as_delivered(
    shop: Any,
) -> None:
    sales_people_add(shop, 3)
    shop.declare(mode="update_only", guards={})
    shop.run()
    sales_people_add(shop, 3, IsDeleted=True)
    shop.change("customer_id = 'c_3'")

    result = shop.run()

    assert counts_of(result) == (0, 1, 0, 0)
    assert shop.run_sql("select count(*) from ledger.sync_state") == [(0,)]


def test_insert_makes_what_the_tool_lacks_and_leaves_what_it_has(shop: Any) -> None:
    sales_people_add(shop, 3, 5)
    shop.declare(mode="insert")

    result = shop.run()

    found = contacts(shop)
    assert (found["c_3"], found["c_5"], found["c_4"]) == (*["Typed in"] * 2, "Doe")
    assert len(found) == 10
    assert counts_of(result) == (8, 2, 0, 0)
    assert outcomes(shop) == [
        ("delivered", "create", None, 8),
        ("left", "create", PRESENT, 2),
    ]


def test_what_insert_has_found_is_remembered_whatever_becomes_of_it(
    shop: Any,
) -> None:
    sales_people_add(shop, 3)
    shop.declare(mode="insert")
    shop.run()
    before = requests(shop)
    shop.change("customer_id in ('c_3', 'c_4')")
    grow_older(shop, 2400)

    result = shop.run()

    assert requests(shop) == before
    assert counts_of(result) == (0, 0, 0, 0)
    assert preview(shop).counts["left alone"] == 2
    assert (contacts(shop)["c_3"], contacts(shop)["c_4"]) == ("Typed in", "Doe")


@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_another_mode_does_not_go_by_what_this_one_left(shop: Any, mode: str) -> None:
    shop.declare(mode="update_only")
    shop.run()
    shop.declare(mode=mode)

    result = shop.run()

    assert result.delivered_count == 10
    assert shop.run_sql("select count(*) from ledger.sync_left") == [(0,)]


def test_another_field_to_match_by_asks_again(shop: Any) -> None:
    sales_people_add(shop, 3, Email="person3@shop.example")
    mapping = {**shop.mapping, "Legacy__c": "email"}
    left = []
    for field in ("Legacy__c", "Email"):
        shop.declare(mode="update_only", external_id_field=field, mapping=mapping)
        left.append(shop.run().left_count)

    assert left == [10, 9]


def test_another_object_asks_again(shop: Any) -> None:
    asked = []
    for object_name in ("Contact", "Lead"):
        shop.declare(mode="update_only", object=object_name)
        asked.append(shop.run().updated_count)

    assert asked == [10, 10]


def test_a_plan_says_how_many_the_tool_is_asked_for_first(shop: Any) -> None:
    sales_people_add(shop, 3)
    shop.declare(mode="update_only")

    made = preview(shop)

    assert (made.counts["update"], made.asked) == (10, 10)
    assert made.calls == 2
    # what it has of ours is not known: nothing is shown as its change
    assert all(one.changes == {} for one in made.shown)
    shop.run()
    shop.change("customer_id = 'c_3'")
    (later,) = preview(shop).shown
    assert later.changes == {"LastName": ("Doe", "Roe")}
    assert preview(shop).asked == 0
    assert preview(shop).counts["left alone"] == 9


def test_the_body_that_a_plan_shows_is_the_one_that_is_sent(shop: Any) -> None:
    for mode in ("update_only", "insert"):
        shop.declare(mode=mode)
        (shown,) = preview(shop, "c_3").shown

        body = json.loads(shown.body)

        assert body["attributes"] == {"type": "Contact"}
        assert body["Customer_Id__c"] == "c_3"


def test_a_plan_tells_why_a_record_was_left(shop: Any) -> None:
    shop.declare(mode="update_only")
    shop.run()

    (shown,) = preview(shop, "c_3").shown

    assert (shown.action, shown.reason) == ("left", ABSENT)


def test_a_plan_is_refused_where_something_was_left_since(shop: Any) -> None:
    shop.declare(mode="update_only")
    made = preview(shop)
    shop.run()

    with pytest.raises(Rejected, match="ledger moved"):
        apply_plan(shop.settings, made)


def test_guards_go_by_what_was_delivered(shop: Any) -> None:
    sales_people_add(shop, 3, 4, 5)
    shop.declare(mode="update_only", guards={"max_changed_share": 0.4})
    shop.run()
    grow_older(shop, 25)
    shop.change("customer_id = 'c_3'")

    asked = shop.run()
    shop.change("customer_id in ('c_4', 'c_5')", "last_name = 'Poe'")
    held = shop.run()

    assert not asked.is_held
    assert asked.updated_count == 8
    assert held.is_held
    assert "67%" in held.summary


def test_rows_that_share_the_key_of_one_that_was_left_are_refused(shop: Any) -> None:
    shop.declare(mode="update_only")
    shop.run()
    shop.run_sql(
        "insert into activation.crm_contacts"
        " select * replace ('Roe' as last_name) from activation.crm_contacts"
        " where customer_id = 'c_3'"
    )

    result = shop.run()

    assert counts_of(result) == (0, 0, 1, 0)


def test_of_a_tool_that_is_down_nothing_is_remembered(shop: Any, hasty: Any) -> None:
    shop.declare(mode="update_only")
    shop.stand.traffic.inject("salesforce", Fault("status", status=503), count=9)

    down = shop.run(patience=hasty)

    assert (down.left_count, down.retry_count) == (0, 10)
    assert shop.run_sql("select count(*) from ledger.sync_left") == [(0,)]


def test_a_killed_run_remembers_what_it_had_left(shop: Any) -> None:
    shop.build(1200)
    sales_people_add(shop, *range(0, 1200, 2))
    shop.declare(mode="update_only")
    slow = Fault("slow", seconds=0.3, path_contains="composite")
    shop.stand.traffic.inject("salesforce", slow, count=1000)
    process = shop.start_cdp("sync")
    deadline = time.monotonic() + 60
    while writes(shop) < 300:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    shop.stand.traffic.reset()

    rest = shop.run()

    assert rest.updated_count < 1200
    assert shop.run_sql("select count(*) from ledger.sync_left") == [(600,)]
    assert shop.run_sql("select count(*) from ledger.sync_state") == [(600,)]
    assert len(contacts(shop)) == 600
    assert shop.run().updated_count == 0


def test_a_lookup_finds_a_record_that_was_there_but_not_one_that_was_not(
    shop: Any,
) -> None:
    sales_people_add(shop, 3)
    lookup = {"lookup": {"sync": "crm", "key": "customer_id", "take": "Id"}}
    mapping = {"Customer_Id__c": "customer_id", "LastName": "last_name"}
    for mode, delivered in (("update_only", 1), ("insert", 10)):
        shop.declare(mode=mode)
        shop.add_sync("other", mapping={**mapping, "Twin__c": lookup}, guards={})

        result = shop.run(names=["crm"])
        (other,) = sync(shop.settings, ["other"])

        assert result.left_count == (9 if mode == "update_only" else 0)
        assert other.delivered_count == delivered
        shop.run_sql("delete from ledger.sync_state where sync_name = 'other'")


TOOLS: dict[str, dict[str, Any]] = {
    "mixpanel": {
        "project_id": "1",
        "service_account": "a",
        "service_secret": "b",
        "token": "t",
    },
    "meta": {"access_token": "t"},
    "klaviyo": {"api_key": "k"},
}


def declared_for(shop: Any, kind: str, mode: str) -> Any:
    """Return settings in which the sync goes to another tool."""
    document = json.loads(json.dumps(shop.settings.document))
    document["destinations"]["other"] = {"kind": kind, **TOOLS[kind]}
    shop.declare(
        mode=mode,
        destination="other",
        object="users",
        external_id_field="",
        mapping={"external_id": "customer_id", "email": "email"},
    )
    return replace(shop.settings, document=document)


@pytest.mark.parametrize(
    ("kind", "mode", "message"),
    [
        ("mixpanel", "insert", "says which records it has"),
        ("mixpanel", "update_only", "says which records it has"),
        ("meta", "update_only", "says which records it has"),
        ("klaviyo", "insert", "by one identifier"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is_sent(
    shop: Any, kind: str, mode: str, message: str
) -> None:
    with pytest.raises(Misconfigured, match=message):
        plan_syncs(declared_for(shop, kind, mode))


def test_who_cannot_be_asked_hears_who_can(shop: Any) -> None:
    with pytest.raises(Misconfigured) as told:
        plan_syncs(declared_for(shop, "mixpanel", "insert"))

    able = "braze, customerio, hubspot, intercom, klaviyo, postgres, redis, salesforce"
    assert f"{able}, zendesk" in str(told.value)


def test_an_audience_takes_who_is_new_without_being_asked(shop: Any) -> None:
    (made,) = plan_syncs(declared_for(shop, "meta", "insert"))

    assert (made.counts["create"], made.asked, made.calls) == (10, 0, 1)
