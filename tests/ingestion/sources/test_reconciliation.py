"""Each tool asked for its counts, against the rows that were loaded from it."""

import pytest

from cdp.errors import Unavailable
from ingestion.reconciliation import tools
from ingestion.reconciliation.checks import reconcile
from ingestion.reconciliation.daily import reconcile_daily

ASKED = {
    "salesforce": {("lead", "count"): 350},
    "stripe": {
        ("charges", "count"): 350,
        ("charges", "sum of amount"): sum(range(1000, 1350)),
    },
    "zendesk": {("tickets", "count"): 350},
    "klaviyo": {("profiles", "count"): 350},
    "hubspot": {("contacts", "count"): 350},
    "shopify": {("orders", "count"): 350},
}


def test_a_tool_and_the_warehouse_say_the_same(filled, case):
    filled.load(case.kind)
    checks = reconcile(filled.settings, [case.kind])
    assert {check.verdict for check in checks} == {"equal"}
    said = {(one.figure.table, one.figure.what): one.in_warehouse for one in checks}
    assert said | ASKED[case.kind] == said


def test_a_row_that_is_missing_here_is_a_difference(filled, case):
    filled.load(case.kind)
    filled.put(case.kind, case.object_name, case.make(300), case.make(700_000))
    checks = reconcile(filled.settings, [case.kind])
    different = {one.figure.table: one for one in checks if one.difference}
    table = case.table.split(".")[1]
    assert different[table].difference < 0


@pytest.mark.parametrize("case", ["stripe", "klaviyo"], indirect=True)
def test_where_there_is_no_count_the_newest_are_compared(filled, case, monkeypatch):
    monkeypatch.setattr(tools, "LISTED_PAGES", 2)
    filled.load(case.kind)
    table = case.table.split(".")[1]
    checks = [
        one
        for one in reconcile(filled.settings, [case.kind])
        if one.figure.table == table
    ]
    assert {check.verdict for check in checks} == {"equal"}
    assert checks[0].in_warehouse == 199, "the last moment of the last page is left out"


@pytest.mark.parametrize("case", ["stripe"], indirect=True)
def test_figures_that_cannot_be_read_are_said_and_stop_no_run(filled, case):
    filled.load(case.kind)
    odd = {"field": case.flips, "value": {"odd": True}, "one_in": 1}
    filled.fail(case.kind, "schema_change", count=100, **odd)
    with pytest.raises(Unavailable, match=f"{case.kind}: answered with figures"):
        reconcile(filled.settings, [case.kind])
    (said,) = reconcile_daily(filled.settings, lambda *_: None)
    assert said.startswith(f"not reconciled: {case.kind}: answered with figures")


def test_the_amounts_of_opportunities_are_added_up(workspace):
    stamp = "2026-03-01T00:00:00.000+0000"
    opportunities = [
        {
            "Id": f"006{number:015d}",
            "Amount": 100.25,
            "IsDeleted": number == 9,
            "CreatedDate": stamp,
            "SystemModstamp": stamp,
        }
        for number in range(10)
    ]
    workspace.put("salesforce", "Opportunity", *opportunities)
    workspace.load("salesforce")
    checks = reconcile(workspace.settings, ["salesforce"])
    said = {(one.figure.table, one.figure.what): one for one in checks}
    amounts = said["opportunity", "sum of Amount"]
    assert (amounts.verdict, str(amounts.in_warehouse)) == ("equal", "902.25")
