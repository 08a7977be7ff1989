"""A company whose only CRM is HubSpot has leads and sales like any other.

One company, built three times: with HubSpot alone; after Salesforce has come, too, with
two of the same people; after Salesforce is gone again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse, make_warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
SELECTION = (
    *("--indirect-selection", "buildable", "--exclude", "resource_type:unit_test"),
    *("--select", "+qualified_leads", "+touches", "+activities", "+opportunity_stages"),
    *("+int_conversions_combined", "+customer_traits", "+executive_scorecard"),
)
QUERIES = {
    "leads": "select crm_name, lead_id, lead_status, lead_source, account_name,"
    " employee_count, is_qualified, is_converted, hour(created_at)"
    " from marts.leads order by lead_id",
    "qualified": "select email, crm_name, lead_id, is_converted"
    " from activation.qualified_leads order by email",
    "touches": "select email, touch_name, count(*), max(cast(occurred_at as date))"
    " from marts.touches join marts.customers using (customer_id)"
    " where touch_type = 'sales' group by email, touch_name order by email, touch_name",
    "activities": "select count(*) from marts.activities"
    " where activity_name like 'opportunity_%'",
    "stages": "select crm_name, opportunity_id, stage_name, stage_days, is_current"
    " from marts.opportunity_stages order by opportunity_id, entered_at",
    "conversions": "select cast(converted_at as date), count(*)"
    " from intermediate.int_conversions_combined"
    " where conversion_type = 'qualified_lead' group by 1 order by 1",
    "traits": "select email, trait_name, trait_value, source_name"
    " from marts.customer_traits join marts.customers using (customer_id)"
    " where trait_name in ('lead_status', 'account_name') order by email, trait_name",
    "scorecard": "select cast(metric_value as integer) from marts.executive_scorecard"
    " where metric_name = 'leads' and period_name = 'last_week'",
}


def stamp(days: int, hours: int = 0) -> str:
    return (START + timedelta(days=days, hours=hours)).isoformat()


def contact(number: int, name: str, stage: str, **said: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "email": f"{name}@x.example" if name else None,
        "lifecyclestage": stage,
        "createdAt": stamp(0),
        "created_at": stamp(0),
        "updated_at": stamp(20),
        "archived": False,
    } | said


def became(**days: int) -> dict[str, str]:
    return {
        f"hs_lifecyclestage_{stage}_date": stamp(after, 1)
        for stage, after in days.items()
    }


def deal(
    number: int, stage: str, contact_ids: list[str], **said: Any
) -> dict[str, Any]:
    return {
        "id": str(number),
        "dealstage": stage,
        "contact_ids": contact_ids,
        "amount": "100.00",
        "created_at": stamp(1),
        "updated_at": stamp(20),
    } | said


def moved(**days: int) -> list[dict[str, str]]:
    return [
        {"value": stage, "timestamp": stamp(after)} for stage, after in days.items()
    ]


COMPANY = {"id": "900", "name": "Ada Works", "numberofemployees": 12}
ADAS = {"associatedcompanyid": "900", "hs_analytics_source": "REFERRALS"}
CONTACTS = [
    contact(1, "ada", "customer", **ADAS, **became(lead=0, customer=4)),
    contact(2, "bo", "marketingqualifiedlead", **became(marketingqualifiedlead=2)),
    contact(3, "cy", "marketingqualifiedlead", hs_lead_status="UNQUALIFIED"),
    contact(4, "dee", "lead", hs_lead_status="NEW"),
    contact(5, "eve", "subscriber"),
    contact(6, "fay", "salesqualifiedlead", archived=True),
]
DEALS = [
    deal(
        71,
        "closedwon",
        ["1", "2"],
        hs_is_closed=True,
        hs_is_closed_won=True,
        closedate=stamp(4),
        dealstage_history=moved(closedwon=4, contractsent=3, appointmentscheduled=1),
    ),
    deal(72, "contractsent", ["4"]),
    deal(73, "contractsent", ["6"], archived=True),
]
LEAD = {"status": "Working", "created_date": stamp(0), "system_modstamp": stamp(1)}
SALESFORCES = [
    LEAD | {"id": "00Q1", "email": "Bo@x.example", "status": "Qualified"},
    LEAD | {"id": "00Q2", "email": None, "last_name": "Dee"},
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each question gets for an answer at each time."""
    warehouse = make_warehouse(tmp_path_factory.mktemp("hubspot"))
    answers: dict[str, dict[str, Any]] = {}

    def build(time: str) -> None:
        warehouse.dbt("build", *SELECTION)
        answers[time] = {name: warehouse.rows(asked) for name, asked in QUERIES.items()}

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CDP_AS_OF", stamp(7))
        load_hubspot(warehouse)
        build("alone")
        named = {"salesforceleadid": "00Q2", "salesforcecontactid": ""}
        warehouse.merge("raw_hubspot.contacts", [CONTACTS[3] | named])
        warehouse.merge("raw_salesforce.lead", SALESFORCES)
        build("both")
        gone = [one | {"is_deleted": True} for one in SALESFORCES]
        warehouse.merge("raw_salesforce.lead", gone)
        build("alone again")
    return answers


def load_hubspot(warehouse: Warehouse) -> None:
    times = {"created_at": stamp(-1), "updated_at": stamp(0)}
    warehouse.merge("raw_hubspot.companies", [COMPANY | times])
    warehouse.merge("raw_hubspot.contacts", CONTACTS)
    warehouse.merge("raw_hubspot.deals", DEALS)


ADA, BO, CY, DEE = (f"{name}@x.example" for name in ("ada", "bo", "cy", "dee"))
ADAS_LEAD = ("hubspot", "1", "customer", "REFERRALS", "Ada Works", 12, True, True, 11)
CYS_LEAD = ("hubspot", "3", "UNQUALIFIED", None, None, None, False, False, 10)
ADAS_TOUCHES = [
    (ADA, "lead created", 1, date(2026, 3, 2)),
    (ADA, "opportunity opened", 1, date(2026, 3, 3)),
    (ADA, "opportunity stage changed", 1, date(2026, 3, 5)),
    (ADA, "opportunity won", 1, date(2026, 3, 6)),
]
ADAS_TRAITS = [
    (ADA, "account_name", "Ada Works", "marketing_company"),
    (ADA, "lead_status", "customer", "marketing"),
]
ADAS_SALE = [
    ("hubspot", "71", "appointmentscheduled", 2, False),
    ("hubspot", "71", "contractsent", 1, False),
    ("hubspot", "71", "closedwon", None, True),
]
ALONE: dict[str, list[tuple[Any, ...]]] = {
    "leads": [
        ADAS_LEAD,
        ("hubspot", "2", "marketingqualifiedlead", None, None, None, True, False, 10),
        CYS_LEAD,
        ("hubspot", "4", "NEW", None, None, None, False, False, 10),
    ],
    "qualified": [(ADA, "hubspot", "1", True), (BO, "hubspot", "2", False)],
    "touches": [
        *ADAS_TOUCHES,
        *((BO, *touch) for _, *touch in ADAS_TOUCHES),
        (CY, "lead created", 1, date(2026, 3, 2)),
        (DEE, "lead created", 1, date(2026, 3, 2)),
        (DEE, "opportunity opened", 1, date(2026, 3, 3)),
    ],
    "activities": [(7,)],
    "stages": [*ADAS_SALE, ("hubspot", "72", "contractsent", None, True)],
    "conversions": [(date(2026, 3, 4), 1), (date(2026, 3, 6), 1)],
    "traits": [
        *ADAS_TRAITS,
        (BO, "lead_status", "marketingqualifiedlead", "marketing"),
        (CY, "lead_status", "UNQUALIFIED", "marketing"),
        (DEE, "lead_status", "NEW", "marketing"),
    ],
    "scorecard": [(4,)],
}
BOTH: dict[str, list[tuple[Any, ...]]] = {
    "leads": [
        ("salesforce", "00Q1", "Qualified", None, None, None, True, False, 10),
        ("salesforce", "00Q2", "Working", None, None, None, False, False, 10),
        ADAS_LEAD,
        CYS_LEAD,
    ],
    "qualified": [(ADA, "hubspot", "1", True), (BO, "salesforce", "00Q1", False)],
    "touches": [
        *ADAS_TOUCHES,
        (BO, "lead created", 1, date(2026, 3, 2)),
        (CY, "lead created", 1, date(2026, 3, 2)),
        (None, "lead created", 1, date(2026, 3, 2)),
    ],
    "activities": [(3,)],
    "stages": ADAS_SALE,
    "conversions": [(date(2026, 3, 3), 1), (date(2026, 3, 6), 1)],
    "traits": [
        *ADAS_TRAITS,
        (BO, "lead_status", "Qualified", "crm"),
        (CY, "lead_status", "UNQUALIFIED", "marketing"),
        (None, "lead_status", "Working", "crm"),
    ],
    "scorecard": [(4,)],
}


@pytest.mark.parametrize("question", QUERIES)
def test_a_company_with_hubspot_alone_has_leads_and_sales(
    told: dict[str, dict[str, Any]], question: str
) -> None:
    assert told["alone"][question] == ALONE[question]


@pytest.mark.parametrize("question", QUERIES)
def test_with_salesforce_beside_it_nobody_counts_twice(
    told: dict[str, dict[str, Any]], question: str
) -> None:
    assert told["both"][question] == BOTH[question]


@pytest.mark.parametrize("question", QUERIES)
def test_what_salesforce_no_longer_tells_counts_again(
    told: dict[str, dict[str, Any]], question: str
) -> None:
    assert told["alone again"][question] == told["alone"][question]
