from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.delivery import Item, Patience, deliver_patiently
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.registry import open_for_records
from activation.destinations.salesforce import Salesforce
from cdp.errors import Misconfigured
from sandbox.tools.traffic import Fault


def contact(number: int, **fields: Any) -> dict[str, Any]:
    usual = {"Customer_Id__c": f"c_{number}", "LastName": "Doe", "Email": "a@b.example"}
    return usual | fields


def deliver(
    workspace: Any, records: list[dict[str, Any]], patience: Patience
) -> list[Outcome]:
    tool = open_for_records(
        workspace.settings, "salesforce", "Contact", "Customer_Id__c"
    )
    try:
        items: list[Item] = [tool.prepare(record) for record in records]
        return deliver_patiently(tool, items, patience)
    finally:
        tool.close()


def test_records_are_created_and_then_changed_by_key(
    workspace: Any, hasty: Patience
) -> None:
    deliver(workspace, [contact(1), contact(2)], hasty)
    outcomes = deliver(workspace, [contact(1, LastName="Roe")], hasty)

    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)]
    names = [one["LastName"] for one in workspace.taken("salesforce", "Contact")]
    assert sorted(names) == ["Doe", "Roe"]


def test_one_bad_record_does_not_stop_its_neighbours(
    workspace: Any, hasty: Patience
) -> None:
    records = [contact(1), contact(2, Email="nobody"), contact(3)]

    outcomes = deliver(workspace, records, hasty)

    assert [one.status for one in outcomes] == [
        Status.DELIVERED,
        Status.REJECTED,
        Status.DELIVERED,
    ]
    assert "INVALID_EMAIL_ADDRESS" in outcomes[1].reason


def test_a_token_that_has_ended_is_replaced(workspace: Any, hasty: Patience) -> None:
    tool = open_for_records(
        workspace.settings, "salesforce", "Contact", "Customer_Id__c"
    )
    item = tool.prepare(contact(1))
    deliver_patiently(tool, [item], hasty)
    workspace.stand.traffic.inject("salesforce", Fault("token_expired"), count=1)

    outcomes = deliver_patiently(tool, [item], hasty)
    tool.close()

    assert outcomes[0].status is Status.DELIVERED


def test_the_vendors_limit_is_waited_for_though_it_says_403(
    workspace: Any, hasty: Patience
) -> None:
    fault = Fault("status", status=403, path_contains="composite")
    workspace.stand.traffic.inject("salesforce", fault, count=1)

    outcomes = deliver(workspace, [contact(1)], hasty)

    assert outcomes == [Outcome(Status.DELIVERED, http_status=200, attempt=2)]


def test_an_unavailable_org_is_tried_again(workspace: Any, hasty: Patience) -> None:
    workspace.stand.traffic.inject("salesforce", Fault("status", status=503), count=2)

    outcomes = deliver(workspace, [contact(1)], hasty)

    assert outcomes == [Outcome(Status.DELIVERED, http_status=200, attempt=3)]


def test_a_field_that_is_gone_is_the_operators_turn(
    workspace: Any, hasty: Patience
) -> None:
    workspace.stand.traffic.removed_fields = {"Tier__c"}

    outcomes = deliver(workspace, [contact(1, Tier__c="gold")], hasty)

    assert outcomes[0].status is Status.MISCONFIGURED
    assert "Tier__c" in outcomes[0].reason


def test_wrong_credentials_are_the_operators_turn(workspace: Any) -> None:
    section = workspace.settings.section("destinations.salesforce")
    tool = Salesforce(section | {"client_secret": "wrong"}, "Contact", "Customer_Id__c")

    with pytest.raises(NotTaken) as refusal:
        tool.deliver([tool.prepare(contact(1))])
    tool.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert "wrong" not in refusal.value.outcome.reason


def test_the_field_that_records_are_matched_by_must_be_named(workspace: Any) -> None:
    with pytest.raises(Misconfigured, match="external_id_field"):
        open_for_records(workspace.settings, "salesforce", "Contact", "")
