"""A running stand-in of every tool, a workspace that reads it, and its warehouse."""

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdp.settings import Settings, load_settings
from ingestion.pipeline import run_source
from sandbox.environment import demo_environment
from sandbox.tools.in_thread import serving
from sandbox.tools.stand import Stand
from sandbox.tools.traffic import Fault

PROJECT_DIR = Path(__file__).parents[3]


@dataclass
class Workspace:
    stand: Stand
    settings: Settings

    def load(self, kind: str, *, again: bool = False, **options: Any) -> dict[str, int]:
        """Load once; rows by table."""
        source = importlib.import_module(f"ingestion.sources.{kind}")
        found = source.source(self.settings, **options)
        loaded = run_source(self.settings, kind, found, again=again)
        return {one.table.split(".")[1]: one.rows for one in loaded}

    def load_all(self, kind: str, **options: Any) -> int:
        """Load until nothing comes; how many loads brought something."""
        loads = 0
        while self.load(kind, **options):
            loads += 1
        return loads

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(statement).fetchall()

    def ids(self, table: str) -> list[str]:
        return sorted(str(row[0]) for row in self.query(f"select id from {table}"))  # noqa: S608

    def put(self, tool: str, object_name: str, *bodies: dict[str, Any]) -> None:
        key = "Id" if tool == "salesforce" else "id"
        documents = [(str(body[key]), body) for body in bodies]
        self.stand.store.put_many(tool, object_name, documents)

    def fail(self, tool: str, kind: str, count: int = 1, after: int = 0, **more: Any):
        self.stand.traffic.inject(tool, Fault(kind, **more), count=count, after=after)

    def requests(self, tool: str) -> int:
        return self.stand.traffic.requests[tool]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with serving(tmp_path / "tools.sqlite") as (stand, port):
        environment = {
            **os.environ,
            **demo_environment(port),
            "CDP_PROJECT_DIR": str(PROJECT_DIR),
            "CDP_DATA_DIR": str(tmp_path / "data"),
        }
        settings = load_settings(environment)
        settings.data_dir.mkdir()
        stand.traffic.largest_page = 100
        yield Workspace(stand, settings)


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


def contact(number: int, **fields: Any) -> dict[str, Any]:
    stamp = f"{at(number):%Y-%m-%dT%H:%M:%S.000Z}"
    properties = {"email": f"person{number}@example.com", "firstname": "Ada"}
    return {
        "id": str(1_000_000 + number),
        "properties": properties | fields.pop("properties", {}),
        "createdAt": stamp,
        "updatedAt": stamp,
        "archived": False,
        **fields,
    }


def order(number: int, **fields: Any) -> dict[str, Any]:
    stamp = f"{at(number):%Y-%m-%dT%H:%M:%S+00:00}"
    fields = {"total_price": "41.94", "financial_status": "paid", **fields}
    closed_at = stamp if number % 2 else None
    times = {"created_at": stamp, "updated_at": stamp, "closed_at": closed_at}
    return {"id": 450_000_000 + number, **times, **fields}


@dataclass(frozen=True)
class Case:
    """One source: a document, a change of it, and where both are seen."""

    kind: str
    object_name: str
    table: str
    make: Any
    change: dict[str, Any]
    seen: str
    flips: str
    row_count: int = 350  # four pages

    def documents(self) -> list[dict[str, Any]]:
        return [self.make(number) for number in range(self.row_count)]

    def stored_ids(self) -> list[str]:
        found = self.documents()
        return sorted(str(one.get("Id", one.get("id"))) for one in found)


LATER = at(500_000)
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
        "LastName",
    ),
    Case(
        "stripe",
        "charges",
        "raw_stripe.charges",
        charge,
        {"amount_refunded": 7},
        "amount_refunded = 7",
        "amount",
    ),
    Case(
        "zendesk",
        "tickets",
        "raw_zendesk.tickets",
        ticket,
        {"status": "solved", "updated_at": f"{LATER:%Y-%m-%dT%H:%M:%SZ}"},
        "status = 'solved'",
        "subject",
    ),
    Case(
        "klaviyo",
        "profiles",
        "raw_klaviyo.profiles",
        profile,
        {"first_name": "Grace", "updated": f"{LATER:%Y-%m-%dT%H:%M:%S+00:00}"},
        "first_name = 'Grace'",
        "first_name",
    ),
    Case(
        "hubspot",
        "contacts",
        "raw_hubspot.contacts",
        contact,
        {
            "properties": {"firstname": "Grace"},
            "updatedAt": f"{LATER:%Y-%m-%dT%H:%M:%S.000Z}",
        },
        "firstname = 'Grace'",
        "firstname",
    ),
    Case(
        "shopify",
        "orders",
        "raw_shopify.orders",
        order,
        {"financial_status": "refunded", "updated_at": LATER.isoformat()},
        "financial_status = 'refunded'",
        "financial_status",
    ),
]


@pytest.fixture(params=[case.kind for case in CASES])
def case(request) -> Case:
    return next(case for case in CASES if case.kind == request.param)


@pytest.fixture
def filled(workspace, case):
    workspace.put(case.kind, case.object_name, *case.documents())
    return workspace
