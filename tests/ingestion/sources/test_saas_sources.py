"""What holds for every SaaS source, each against its running stand-in."""

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from cdp.errors import CdpError, Misconfigured, Rejected
from sandbox.tools.traffic import Fault

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(number: int) -> datetime:
    return START + timedelta(minutes=number)


def lead(number: int, **fields: Any) -> dict[str, Any]:
    stamp = f"{at(number):%Y-%m-%dT%H:%M:%S.000+0000}"
    return {
        "Id": f"00Q{number:015d}",
        "Email": f"person{number}@example.com",
        "LastName": "Moreau",
        "Status": "Qualified",
        "IsDeleted": False,
        "CreatedDate": stamp,
        "SystemModstamp": stamp,
        **fields,
    }


def charge(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"ch_{number:06d}",
        "object": "charge",
        "amount": 1000 + number,
        "amount_refunded": 0,
        "currency": "usd",
        "status": "succeeded",
        "created": int(at(number).timestamp()),
        "metadata": {"order_id": f"o{number}"},
        **fields,
    }


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": 7_000_000_000 + number,
        "requester_id": 360_000_000_000,
        "subject": "Delivery",
        "status": "open",
        "via": {"channel": "chat"},
        "created_at": f"{at(number):%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{at(number):%Y-%m-%dT%H:%M:%SZ}",
        **fields,
    }


def profile(number: int, **fields: Any) -> dict[str, Any]:
    stamp = f"{at(number):%Y-%m-%dT%H:%M:%S+00:00}"
    attributes = {"email": f"person{number}@example.com", "first_name": "Ada"}
    attributes |= {"created": stamp, "updated": stamp, **fields}
    return {"type": "profile", "id": f"01J{number:06d}", "attributes": attributes}


@dataclass(frozen=True)
class Case:
    """One source: a document, a change of it, and where both are seen."""

    kind: str
    object_name: str
    table: str
    make: Any
    change: dict[str, Any]
    seen: str


LATER = at(500_000)
ROW_COUNT = 350  # four pages
CASES = [
    Case(
        "salesforce",
        "Lead",
        "raw_salesforce.lead",
        lead,
        {
            "Status": "Nurturing",
            "SystemModstamp": f"{LATER:%Y-%m-%dT%H:%M:%S.000+0000}",
        },
        "status = 'Nurturing'",
    ),
    Case(
        "stripe",
        "charges",
        "raw_stripe.charges",
        charge,
        {"amount_refunded": 7},
        "amount_refunded = 7",
    ),
    Case(
        "zendesk",
        "tickets",
        "raw_zendesk.tickets",
        ticket,
        {"status": "solved", "updated_at": f"{LATER:%Y-%m-%dT%H:%M:%SZ}"},
        "status = 'solved'",
    ),
    Case(
        "klaviyo",
        "profiles",
        "raw_klaviyo.profiles",
        profile,
        {"first_name": "Grace", "updated": f"{LATER:%Y-%m-%dT%H:%M:%S+00:00}"},
        "first_name = 'Grace'",
    ),
]


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request) -> Case:
    return request.param


@pytest.fixture
def filled(workspace, case):
    documents = [case.make(number) for number in range(ROW_COUNT)]
    workspace.put(case.kind, case.object_name, *documents)
    return workspace


def stored_ids(workspace, case) -> list[str]:
    make = (case.make(number) for number in range(ROW_COUNT))
    return sorted(str(document.get("Id", document.get("id"))) for document in make)


def test_the_first_load_brings_everything_and_the_second_nothing(filled, case):
    assert filled.load(case.kind) == {case.table.split(".")[1]: ROW_COUNT}
    assert filled.ids(case.table) == stored_ids(filled, case)
    assert filled.load(case.kind) == {}
    assert filled.ids(case.table) == stored_ids(filled, case)


def test_a_changed_record_is_merged_and_a_new_one_added(filled, case):
    filled.load(case.kind)
    changed = case.make(3, **case.change)
    filled.put(case.kind, case.object_name, changed, case.make(600_000))
    assert filled.load(case.kind) == {case.table.split(".")[1]: 2}
    assert len(filled.ids(case.table)) == ROW_COUNT + 1
    changed_rows = f"select count(*) from {case.table} where {case.seen}"  # noqa: S608
    assert filled.query(changed_rows) == [(1,)]
    assert filled.load(case.kind) == {}


def test_empty_tables_have_their_declared_columns(workspace, case):
    assert workspace.load(case.kind) == {}
    assert workspace.ids(case.table) == []
    assert workspace.query(f"select * from {case.table} where {case.seen}") == []  # noqa: S608


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=500),
        Fault("status", status=429, retry_after=1),
        Fault("half_page"),
        Fault("token_expired"),
    ],
    ids=["500", "429", "half a page", "token expired"],
)
def test_a_fault_between_two_pages_loses_no_row(filled, case, fault):
    filled.stand.traffic.inject(case.kind, fault, count=1, after=2)
    filled.load(case.kind)
    assert filled.ids(case.table) == stored_ids(filled, case)
    assert filled.load(case.kind) == {}


def test_a_load_that_breaks_off_leaves_nothing_and_the_next_brings_all(filled, case):
    filled.fail(case.kind, "status", status=400, after=1)
    with pytest.raises(PipelineStepFailed) as raised:
        filled.load(case.kind)
    assert isinstance(reason_of(raised.value), Rejected)
    filled.load(case.kind)
    assert filled.ids(case.table) == stored_ids(filled, case)


def reason_of(error: BaseException) -> BaseException:
    """What dlt wrapped."""
    while not isinstance(error, CdpError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def test_a_first_load_is_cut_into_parts_that_are_kept(filled, case):
    part = ROW_COUNT // 3
    assert sum(filled.load(case.kind, rows_per_load=part).values()) < ROW_COUNT
    kept = len(filled.ids(case.table))
    assert part <= kept < ROW_COUNT
    before = filled.requests(case.kind)
    filled.fail(case.kind, "status", status=400, after=0)
    with pytest.raises(PipelineStepFailed):
        filled.load(case.kind, rows_per_load=part)
    assert filled.requests(case.kind) > before
    assert len(filled.ids(case.table)) == kept
    assert filled.load_all(case.kind, rows_per_load=part) >= 1
    assert filled.ids(case.table) == stored_ids(filled, case)


def test_refused_credentials_are_the_operators_turn(workspace, case):
    for name in tuple(workspace.settings.environment):
        if name.endswith(("_SECRET", "_API_KEY", "_API_TOKEN")):
            workspace.settings.environment[name] = "wrong"
    with pytest.raises(PipelineStepFailed) as raised:
        workspace.load(case.kind)
    reason = reason_of(raised.value)
    assert isinstance(reason, Misconfigured)
    assert "wrong" not in str(reason)


@pytest.mark.slow
@pytest.mark.parametrize("case", [CASES[1]], ids=["stripe"])
def test_a_killed_load_is_repeated_in_full(filled, case):
    """The command itself, killed with the first page on its way."""
    filled.fail(case.kind, "slow", seconds=5, after=1, count=100)
    command = [sys.executable, "-m", "ingestion.load", case.kind]
    environment = dict(filled.settings.environment)
    with subprocess.Popen(command, env=environment, cwd=project_dir()) as running:
        until = time.monotonic() + 60
        while filled.requests(case.kind) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        running.kill()
    assert running.returncode != 0
    filled.stand.traffic.reset()
    done = subprocess.run(
        command,
        env=environment,
        cwd=project_dir(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert filled.ids(case.table) == stored_ids(filled, case)


def project_dir() -> Path:
    return Path(__file__).parents[3]
