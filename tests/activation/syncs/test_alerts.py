from __future__ import annotations

from typing import Any

from activation.destinations.delivery import Patience
from cdp.warehouse import publish_snapshot
from orchestration.status import describe
from sandbox.tools.traffic import Fault


def test_too_many_refused_records_are_told_and_kept(shop: Any) -> None:
    shop.change("customer_id = 'c_4'", "email = 'nobody'")

    result = shop.run()

    (alert,) = result.alerts
    assert alert.message == "1 of 10 records were refused (alert above 5%)"
    assert "ALERT" in result.summary
    assert shop.run_sql("select sync_name, kind, message from ledger.sync_alerts") == [
        ("crm", "failed_share", alert.message)
    ]


def test_what_was_refused_before_as_it_is_raises_no_second_alert(shop: Any) -> None:
    shop.declare(guards={})
    shop.change("order_count in (4, 5)", "email = 'nobody'")
    shop.run_sql(
        "insert into activation.crm_contacts"
        " select * replace ('' as customer_id) from activation.crm_contacts limit 1",
        "insert into activation.crm_contacts"
        " from activation.crm_contacts where order_count = 9",
    )
    first = shop.run()
    again = shop.run()
    shop.change("order_count = 3", "last_name = 'Roe'")
    beside = shop.run()

    assert [one.message for one in first.alerts] == [
        "4 of 11 records were refused (alert above 5%)"
    ]
    assert again.alerts == beside.alerts == ()
    assert (again.rejected_count, again.delivered_count) == (4, 0)
    assert (beside.rejected_count, beside.delivered_count) == (4, 1)


def test_a_tool_that_was_down_in_between_makes_no_news_of_old_refusals(
    shop: Any, hasty: Patience
) -> None:
    shop.change("order_count = 4", "email = 'nobody'")
    shop.run()
    shop.stand.traffic.inject("salesforce", Fault("status", status=503), count=3)

    down = shop.run(patience=hasty)
    up = shop.run(patience=hasty)

    assert (down.retry_count, up.rejected_count) == (1, 1)
    assert up.alerts == ()


def test_a_record_that_is_newly_refused_raises_an_alert_beside_old_ones(
    shop: Any,
) -> None:
    shop.declare(guards={})
    shop.change("order_count in (4, 5)", "email = 'nobody'")
    shop.run()
    # refused as before, but with other values; and one that the tool had taken
    shop.change("order_count = 4", "last_name = 'Roe'")
    shop.change("order_count = 6", "email = 'nobody either'")

    (alert,) = shop.run().alerts

    assert alert.message == (
        "2 of 2 records were refused (alert above 5%); refused again, as before: 1"
    )


def test_a_record_that_was_taken_in_between_is_newly_refused(shop: Any) -> None:
    shop.change("order_count = 4", "email = 'nobody'")
    shop.run()
    shop.change("order_count = 4", "email = 'person4@shop.example'")
    mended = shop.run()
    shop.change("order_count = 4", "email = 'nobody'")

    (alert,) = shop.run().alerts

    assert mended.alerts == ()
    assert alert.message == "1 of 1 records were refused (alert above 5%)"


def test_an_unusual_volume_is_told(shop: Any) -> None:
    shop.declare(guards={})
    shop.build(40)
    shop.run()
    kinds = []
    for number in range(6):
        shop.change(f"order_count = {number}", f"last_name = 'Roe{number}'")
        kinds += [alert.kind for alert in shop.run().alerts]
    shop.change("true", "last_name = 'All'")

    (alert,) = shop.run().alerts

    assert kinds == []
    assert alert.message == "40 records to send; usual are 0 to 11"


def test_a_sync_that_grows_stale_is_told_though_it_is_withheld(shop: Any) -> None:
    shop.declare(alerts={"stale_hours": 24})
    fresh = shop.run()
    shop.has_built("error")
    shop.run_sql("update ledger.sync_runs set ended_at = now() - interval 3 day")

    result = shop.run()

    assert fresh.alerts == ()
    (alert,) = result.alerts
    assert alert.message == "the last complete run was 72 hours ago (alert after 24)"


def test_the_first_run_after_a_gap_tells_of_it_though_it_is_complete(shop: Any) -> None:
    shop.declare(alerts={"stale_hours": 24})
    shop.run()
    shop.run_sql("update ledger.sync_runs set ended_at = now() - interval 50 hour")

    late = shop.run()
    next_one = shop.run()

    (alert,) = late.alerts
    assert (alert.kind, alert.message) == (
        "stale",
        "the last complete run before this one was 50 hours ago (alert after 24)",
    )
    assert next_one.alerts == ()
    assert shop.run_sql("select kind from ledger.sync_alerts") == [("stale",)]


def test_the_status_marks_a_sync_that_is_stale(shop: Any) -> None:
    shop.declare(alerts={"stale_hours": 24})
    shop.run()
    publish_snapshot(shop.settings)
    fresh = "\n".join(describe(shop.settings))
    shop.run_sql("update ledger.sync_runs set ended_at = now() - interval 50 hour")
    publish_snapshot(shop.settings)

    (line,) = [one for one in describe(shop.settings) if one.startswith("  crm ")]

    assert "STALE" not in fresh
    assert line.endswith("10 sent, 0 rejected; STALE: no complete run for 50 hours")
