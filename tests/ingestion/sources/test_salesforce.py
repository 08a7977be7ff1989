import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from cdp.errors import Misconfigured, Unavailable
from ingestion.load import load_source
from ingestion.reconciliation.checks import reconcile
from ingestion.sources.rest import section_of_kind
from sandbox.tools import salesforce_fields


def account(number: int, minute: int, **fields) -> dict:
    stamp = f"2026-03-01T{minute // 60:02d}:{minute % 60:02d}:00.000+0000"
    key = f"001{number:015d}"
    body = {"Id": key, "Name": "Fischer Gifts", "IsDeleted": False, **fields}
    return {**body, "CreatedDate": stamp, "SystemModstamp": stamp}


def opportunity(number: int, **fields) -> dict:
    body = account(number, number, **fields)
    return {**body, "Amount": 1234.5, "CloseDate": "2026-04-01"}


def count(workspace, condition: str = "true") -> int:
    found = workspace.query(
        f"select count(*) from raw_salesforce.account where {condition}"  # noqa: S608
    )
    return found[0][0]


def test_a_deleted_record_stays_and_says_so(workspace):
    workspace.put("salesforce", "Account", account(1, 0), account(2, 1))
    workspace.load("salesforce")
    workspace.put("salesforce", "Account", account(1, 60, IsDeleted=True))
    assert workspace.load("salesforce") == {"account": 1}
    assert (count(workspace), count(workspace, "is_deleted")) == (2, 1)


def test_a_record_that_becomes_visible_late_is_found(workspace):
    workspace.put("salesforce", "Account", account(1, 0), account(2, 100))
    workspace.load("salesforce")
    workspace.put("salesforce", "Account", account(3, 92))
    assert workspace.load("salesforce") == {"account": 1}
    assert workspace.load("salesforce") == {}
    assert count(workspace) == 3


def test_many_records_of_one_moment_are_read_in_parts(workspace):
    accounts = [account(number, 5) for number in range(450)]
    workspace.put("salesforce", "Account", *accounts)
    assert workspace.load_all("salesforce", rows_per_load=200) == 3
    assert count(workspace) == 450


def test_money_stays_decimal_and_days_stay_days(workspace):
    third = opportunity(2) | {"Amount": 100 / 3}
    workspace.put("salesforce", "Opportunity", opportunity(1), third)
    assert workspace.load("salesforce") == {"opportunity": 2}
    amounts = "select cast(amount as varchar) from raw_salesforce.opportunity"
    assert workspace.query(f"{amounts} order by id") == [("1234.50",), ("33.33",)]
    types = "select typeof(amount), typeof(close_date) from raw_salesforce.opportunity"
    assert set(workspace.query(types)) == {("DECIMAL(18,2)", "DATE")}


def test_a_session_that_keeps_ending_is_renewed_each_time(workspace):
    accounts = [account(number, number) for number in range(450)]
    workspace.put("salesforce", "Account", *accounts)
    for _ in range(3):
        workspace.fail("salesforce", "token_expired", after=2)
    workspace.load("salesforce")
    assert count(workspace) == 450


def test_the_daily_limit_is_nobodys_fault(workspace):
    workspace.stand.traffic.limit("salesforce", per_second=0.001, burst=1)
    with pytest.raises(PipelineStepFailed) as raised:
        workspace.load("salesforce")
    reasons = [raised.value]
    while reasons[-1].__cause__ is not None:
        reasons.append(reasons[-1].__cause__)
    assert any(isinstance(reason, Unavailable) for reason in reasons)


def test_a_workspace_without_the_source_says_what_to_add(workspace):
    with pytest.raises(Misconfigured, match="no source of kind netsuite"):
        section_of_kind(workspace.settings, "netsuite")


def test_a_field_that_the_org_lacks_stays_empty_and_stops_nothing(workspace):
    kind = {"Customer_Type__c": "wholesale", "Industry": "Retail"}
    workspace.put("salesforce", "Account", account(1, 0, **kind))
    workspace.load("salesforce")
    workspace.stand.traffic.removed_fields = {"Customer_Type__c"}
    workspace.put("salesforce", "Account", account(2, 9, **kind))
    assert workspace.load("salesforce") == {"account": 1}
    found = "select customer_type__c, industry from raw_salesforce.account order by id"
    assert workspace.query(found) == [("wholesale", "Retail"), (None, "Retail")]


def test_fields_of_the_company_are_read_where_they_are_named(workspace):
    section = workspace.settings.document["sources"]["salesforce"]
    section["fields"] = {"Account": ["Score__c", "Gone__c"]}
    workspace.put("salesforce", "Account", account(1, 0, Score__c=7.5))
    assert workspace.load("salesforce") == {"account": 1}
    assert workspace.query("select score__c from raw_salesforce.account") == [(7.5,)]


def test_an_object_that_the_user_may_not_see_is_named(workspace, monkeypatch):
    monkeypatch.delitem(salesforce_fields.FIELDS, "Task")
    error = str(load_source(workspace.settings, "salesforce").error)
    assert "sobjects/Task/describe: there is nothing at this address" in error


def test_archived_activities_are_counted_on_both_sides(workspace):
    calls = [call(number, number, IsArchived=number < 5) for number in range(8)]
    deleted = call(9, 9, IsDeleted=True)
    workspace.put("salesforce", "Task", *calls, deleted)
    workspace.load("salesforce")
    checks = reconcile(workspace.settings, ["salesforce"])
    [task] = [check for check in checks if check.figure.table == "task"]
    assert (task.verdict, task.in_warehouse) == ("equal", 8)


def call(number: int, minute: int, **fields) -> dict:
    body = {**account(number, minute, **fields), "TaskSubtype": "Call"}
    body |= {"WhoId": "00Q1", "CallDurationInSeconds": 61, "IsClosed": True}
    return {**body, "Id": f"00T{number:015d}", "Subject": "First call"}


def test_calls_and_stages_come_once_and_a_deleted_call_says_so(workspace):
    stage = account(9, 0) | {
        "StageName": "Prospecting",
        "Amount": 10,
        "Probability": 10,
    }
    workspace.put("salesforce", "OpportunityHistory", stage)
    workspace.put("salesforce", "Task", call(1, 0), call(2, 1))
    assert workspace.load("salesforce") == {"opportunity_history": 1, "task": 2}
    workspace.put("salesforce", "Task", call(1, 60, IsDeleted=True))
    assert workspace.load("salesforce") == {"task": 1}
    assert workspace.load("salesforce") == {}
    rows = workspace.query(
        "select is_deleted, call_duration_in_seconds"
        " from raw_salesforce.task order by id"
    )
    assert rows == [(True, 61), (False, 61)]
