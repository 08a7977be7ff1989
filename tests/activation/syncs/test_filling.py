"""Fields that are filled once, in tools that can be read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from activation.sync import plan_syncs, sync
from sandbox.tools.traffic import Fault

FILLED = {"column": "last_name", "write": "fill_empty_only"}


@pytest.fixture
def crm(shop: Any) -> Any:
    """A shop whose sync fills the last name once; the CRM has c_3 with a name."""
    documents = [
        (f"003SALES{number}", {**typed_in(number), "Id": f"003SALES{number}"})
        for number in (3, 4)
    ]
    documents[1][1]["LastName"] = None
    shop.stand.store.put_many("salesforce", "Contact", documents)
    shop.declare(mapping={**shop.mapping, "LastName": FILLED}, guards={})
    return shop


def typed_in(number: int) -> dict[str, Any]:
    return {
        "IsDeleted": False,
        "Customer_Id__c": f"c_{number}",
        "LastName": "Typed in",
        "SystemModstamp": "2026-01-01T00:00:00.000+0000",
    }


def contacts(shop: Any) -> dict[str, dict[str, Any]]:
    found = shop.taken("salesforce", "Contact")
    return {one["Customer_Id__c"]: one for one in found}


@pytest.mark.parametrize("mode", ["upsert", "update_only"])
def test_a_new_record_does_not_overwrite_what_the_tool_has(crm: Any, mode: str) -> None:
    mapping = {**crm.mapping, "LastName": FILLED}
    crm.declare(mapping=mapping, guards={}, mode=mode)
    crm.run()
    found = contacts(crm)

    assert (found["c_3"]["LastName"], found["c_4"]["LastName"]) == ("Typed in", "Doe")
    assert found["c_3"]["Email"] == "person3@shop.example"
    assert len(found) == (10 if mode == "upsert" else 2)
    # the ledger tells what is there, and nothing is sent again
    ((fields,),) = crm.run_sql(
        "select fields from ledger.sync_state where record_key = 'c_3'"
    )
    assert json.loads(fields)["LastName"] == "Typed in"
    crm.change("customer_id = 'c_3'")
    assert crm.run().updated_count == 0


def test_a_plan_shows_the_body_without_what_the_tool_has(crm: Any) -> None:
    (made,) = plan_syncs(crm.settings, show=("c_3", "c_5"))

    there, absent = (json.loads(one.body) for one in made.shown)
    assert "LastName" not in there
    assert absent["LastName"] == "Doe"
    assert made.calls == 2


def test_what_is_filled_later_is_looked_at_then(crm: Any) -> None:
    filled = {"column": "title", "write": "fill_empty_only"}
    crm.run_sql(
        "alter table activation.crm_contacts add column title varchar",
    )
    crm.declare(mapping={**crm.mapping, "Title": filled}, guards={})
    crm.run()
    body = contacts(crm)["c_5"]
    crm.stand.store.put_many(
        "salesforce", "Contact", [(body["Id"], {**body, "Title": "Dr"})]
    )
    crm.change("customer_id in ('c_5', 'c_6')", "title = 'Ms'")

    result = crm.run()

    found = contacts(crm)
    assert (found["c_5"]["Title"], found["c_6"]["Title"]) == ("Dr", "Ms")
    assert result.delivered_count == 2


def test_a_tool_that_does_not_say_what_it_has_is_sent_nothing(
    crm: Any, hasty: Any
) -> None:
    fault = Fault("status", status=503, path_contains="query")
    crm.stand.traffic.inject("salesforce", fault, count=4)

    (made,) = plan_syncs(crm.settings, show=("c_3",))
    down = crm.run(patience=hasty)
    up = crm.run(patience=hasty)

    assert "does not say what it has" in made.shown[0].reason
    assert (down.delivered_count, down.retry_count) == (0, 10)
    assert up.delivered_count == 10
    assert contacts(crm)["c_3"]["LastName"] == "Typed in"


def test_rows_of_a_table_with_and_without_the_field_go_on_their_own(
    shop: Any, postgres: Any
) -> None:
    postgres.run("drop table if exists people")
    postgres.run("create table people (id text primary key, name text, email text)")
    postgres.run("insert into people values ('c_3', 'Typed in', null)")
    document = json.loads(json.dumps(shop.settings.document))
    document["destinations"]["shop"] = {"kind": "postgres", **postgres.section}
    shop.declare(
        destination="shop",
        object="people",
        external_id_field="id",
        mapping={"id": "customer_id", "name": FILLED, "email": "email"},
    )

    (result,) = sync(replace(shop.settings, document=document))

    assert result.delivered_count == 10
    rows = postgres.rows("people", "id, name, email")
    assert rows[3] == ("c_3", "Typed in", "person3@shop.example")
    assert {name for _, name, _ in rows} == {"Doe", "Typed in"}
