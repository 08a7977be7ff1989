from __future__ import annotations

import re
from typing import Any

from cdp.errors import Misconfigured
from tests.activation.syncs.test_plan import invoke

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def rows_of(shop: Any, monkeypatch: Any) -> dict[str, list[str]]:
    """Return the cells of each line that the command prints, by the first."""
    listed = invoke(shop, monkeypatch, "list")
    assert listed.exit_code == 0, listed.output
    cells = [re.split(r" {2,}", line) for line in listed.output.splitlines()]
    return {first: rest for first, *rest in cells}


def test_syncs_are_listed_though_none_has_run(shop: Any, monkeypatch: Any) -> None:
    source = {"postgres": "SHOP_DATABASE_URL", "query": "select 1"}
    shop.add_sync("orders", mode="update_only", source=source)
    shop.add_sync("counted", query="select 1", object="Lead")

    assert rows_of(shop, monkeypatch) == {
        "sync": ["mode", "source", "destination", "last run", "outcome"],
        "crm": ["upsert", "activation.crm_contacts", "salesforce Contact", "never"],
        "orders": [
            "update_only",
            "postgres SHOP_DATABASE_URL",
            "salesforce Contact",
            "never",
        ],
        "counted": ["upsert", "query", "salesforce Lead", "never"],
    }


def test_the_last_run_is_listed_with_its_outcome(shop: Any, monkeypatch: Any) -> None:
    shop.declare(alerts={"stale_hours": 24, "failed_share": 1})
    shop.run()
    first = rows_of(shop, monkeypatch)["crm"]
    shop.change("order_count < 3", "last_name = 'Roe'")
    shop.change("order_count = 4", "email = 'nobody'")
    shop.run()
    second = rows_of(shop, monkeypatch)["crm"]
    shop.run_sql("update ledger.sync_runs set ended_at = now() - interval 50 hour")
    stale = rows_of(shop, monkeypatch)["crm"]

    assert TIME.fullmatch(first[3])
    assert [one[4] for one in (first, second, stale)] == [
        "10 delivered",
        "3 delivered, 1 rejected",
        "3 delivered, 1 rejected; STALE for 50 hours",
    ]


def test_a_run_that_was_killed_did_not_end(shop: Any, monkeypatch: Any) -> None:
    shop.run()
    shop.run_sql("update ledger.sync_runs set ended_at = null")

    assert rows_of(shop, monkeypatch)["crm"][4] == "10 delivered; did not end"


def test_a_declaration_that_cannot_be_read_stops_no_other_sync(
    shop: Any, monkeypatch: Any
) -> None:
    shop.add_sync("first", mode="both", object="Lead")
    shop.add_sync("second", mapping={}, object="Lead")

    listed = invoke(shop, monkeypatch, "list")
    planned = invoke(shop, monkeypatch, "plan")
    named = invoke(shop, monkeypatch, "plan", "crm")
    ran = invoke(shop, monkeypatch)

    assert re.search(r"^crm +upsert .* never *$", listed.output, re.MULTILINE)
    assert "crm: 10 create" in planned.output
    for told in (listed, planned):
        assert "there is no mode 'both'" in told.output
        assert "no field is mapped" in str(told.exception)
    assert named.exit_code == 0
    assert "crm: 10 new" in ran.output
    assert "stopped: config.meta.sync.mode: there is no mode 'both'" in ran.output
    assert "stopped: config.meta.sync.mapping: no field is mapped" in ran.output
    assert "there is no mode 'both'" in str(ran.exception)


def test_a_sync_that_is_called_list_runs_by_the_longer_command(
    shop: Any, monkeypatch: Any
) -> None:
    shop.add_sync("list")

    ran = invoke(shop, monkeypatch, "run", "list")
    unknown = invoke(shop, monkeypatch, "lists")

    assert ran.output.startswith("list: 10 new")
    assert isinstance(unknown.exception, Misconfigured)
