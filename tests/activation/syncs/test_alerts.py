from __future__ import annotations

from typing import Any


def test_too_many_refused_records_are_told_and_kept(shop: Any) -> None:
    shop.change("customer_id = 'c_4'", "email = 'nobody'")

    result = shop.run()

    (alert,) = result.alerts
    assert alert.message == "1 of 10 records were refused (alert above 5%)"
    assert "ALERT" in result.summary
    assert shop.run_sql("select sync_name, kind, message from ledger.sync_alerts") == [
        ("crm", "failed_share", alert.message)
    ]


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
