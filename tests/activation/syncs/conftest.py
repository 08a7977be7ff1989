from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.sync import sync
from activation.sync_result import SyncResult

MAPPING = {
    "Customer_Id__c": "customer_id",
    "Email": "email",
    "LastName": "last_name",
    "Orders__c": "order_count",
    "Amount__c": "order_amount",
    "Birthdate": "birth_date",
    "Last_Ordered_At__c": "last_ordered_at",
}
META = {
    "destination": "salesforce",
    "object": "Contact",
    "key": "customer_id",
    "external_id_field": "Customer_Id__c",
    "mode": "upsert",
    "mapping": MAPPING,
    "guards": {"max_changed_share": 0.5},
}


@dataclass(frozen=True)
class Shop:
    """A workspace with a model and one sync of it."""

    workspace: Any

    @property
    def mapping(self) -> dict[str, str]:
        return dict(MAPPING)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.workspace, name)

    def declare(
        self, depends_on: tuple[str, ...] = ("model.h.crm_contacts",), **changes: Any
    ) -> None:
        """Write the part of dbt's manifest that a sync is read from."""
        manifest = {
            "nodes": {
                "model.h.crm_contacts": {
                    "name": "crm_contacts",
                    "schema": "activation",
                    "alias": "crm_contacts",
                }
            },
            "exposures": {
                "exposure.h.crm": {
                    "name": "crm",
                    "config": {"meta": {"sync": META | changes}},
                    "depends_on": {"nodes": list(depends_on)},
                },
                "exposure.h.scorecard": {
                    "name": "scorecard",
                    "config": {"meta": {}},
                    "depends_on": {"nodes": []},
                },
            },
        }
        folder = self.workspace.settings.dbt_target_dir
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        self.has_built()

    def has_built(self, status: str = "success", **tests: str) -> None:
        """Write dbt's results: of the model, and of tests by their names."""
        folder = self.workspace.settings.dbt_target_dir
        manifest = json.loads((folder / "manifest.json").read_text())
        ended_at = datetime.now(UTC).isoformat()
        manifest["metadata"] = {"invocation_id": ended_at}
        results = [{"unique_id": "model.h.crm_contacts", "status": status}]
        for name, outcome in tests.items():
            unique_id = f"test.h.{name}"
            manifest["nodes"][unique_id] = {
                "name": name,
                "resource_type": "test",
                "depends_on": {"nodes": ["model.h.crm_contacts"]},
            }
            if outcome != "missing":
                results.append({"unique_id": unique_id, "status": outcome})
        (folder / "manifest.json").write_text(json.dumps(manifest))
        metadata = {"generated_at": ended_at, "invocation_id": ended_at}
        document = {"metadata": metadata, "args": {"which": "build"}}
        (folder / "run_results.json").write_text(
            json.dumps(document | {"results": results})
        )

    def add_node(self, unique_id: str, node: dict[str, Any]) -> None:
        """Add a node to dbt's manifest."""
        file = self.workspace.settings.dbt_target_dir / "manifest.json"
        manifest = json.loads(file.read_text())
        manifest["nodes"][unique_id] = node
        file.write_text(json.dumps(manifest))

    def add_sync(self, name: str, **changes: Any) -> None:
        """Declare another sync of the same model."""
        file = self.workspace.settings.dbt_target_dir / "manifest.json"
        manifest = json.loads(file.read_text())
        manifest["exposures"][f"exposure.h.{name}"] = {
            "name": name,
            "config": {"meta": {"sync": META | changes}},
            "depends_on": {"nodes": ["model.h.crm_contacts"]},
        }
        file.write_text(json.dumps(manifest))

    def build_more(self, key: str) -> None:
        """Add a customer like the others."""
        self.workspace.run_sql(
            "insert into activation.crm_contacts"  # noqa: S608
            f" select * replace ('{key}' as customer_id)"
            " from activation.crm_contacts limit 1"
        )

    def build(self, count: int) -> None:
        """Build the model as dbt would, with customers c_0, c_1, …."""
        self.workspace.run_sql(
            "create schema if not exists activation",
            f"""
            create or replace table activation.crm_contacts as
            select
                'c_' || number as customer_id,
                'person' || number || '@shop.example' as email,
                'Doe' as last_name,
                number as order_count,
                cast(number * 1.10 as decimal(18, 2)) as order_amount,
                date '1990-02-01' as birth_date,
                timestamp '2026-10-01 12:00:00' as last_ordered_at
            from range({count}) as numbers(number)
            """,  # noqa: S608
        )

    def change(self, condition: str, setting: str = "last_name = 'Roe'") -> None:
        self.workspace.run_sql(
            f"update activation.crm_contacts set {setting} where {condition}"  # noqa: S608
        )

    def run(self, **options: Any) -> SyncResult:
        (result,) = sync(self.workspace.settings, **options)
        return result


@pytest.fixture
def unbuilt(workspace: Any) -> Shop:
    """A workspace whose model has not been built."""
    return Shop(workspace)


@pytest.fixture
def shop(workspace: Any) -> Shop:
    """A workspace with ten customers and one sync of them."""
    made = Shop(workspace)
    made.declare()
    made.build(10)
    return made
