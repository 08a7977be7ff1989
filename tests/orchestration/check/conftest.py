from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activation import transformations

PROJECT = Path(__file__).parents[3]
FILE = """\
stage: real_time
sources:
  web:
    kind: events
    write_key: ${WEB_KEY}
    events_per_second: 500
  emails: {kind: webhook, vendor: sendgrid, secret: ["${MAIL_KEY}"]}
  billing: {kind: stripe, api_key: "${STRIPE_KEY}"}
destinations:
  analytics:
    kind: mixpanel
    project_id: 77
    service_account: robot
    service_secret: ${MIXPANEL_SECRET}
connections:
  product:
    sources: [web, emails]
    destination: analytics
    transformations: [old_event_names]
    settings: {url: "http://127.0.0.1:9"}
    events: {allow: [order_completed, page], rename: {order_completed: Order}}
    properties: [total]
    constants: {store: main}
    fields: {value: properties.total, tier: {constant: gold, as: upper}}
    consent: [Analytics]
privacy: {consent_categories: [analytics, advertising], unknown_consent: withhold}
collector: {port: 8080}
online: {engine: lmdb}
api: {port: "${API_PORT:-8070}"}
keys:
  site: {key: "${SITE_KEY}", scopes: [profiles:read]}
  team: {key: "${TEAM_KEY}", scopes: [plan:read, workspace:read]}
"""
NAMES = ("WEB_KEY", "MAIL_KEY", "STRIPE_KEY", "MIXPANEL_SECRET", "SITE_KEY", "TEAM_KEY")
SECRET_VALUES = {name: f"value-of-{name.lower()}" for name in NAMES}


class Project:
    """A workspace of its own that tests break."""

    def __init__(self, folder: Path, code: Path) -> None:
        self.folder = folder
        self.code = code
        self.environment = SECRET_VALUES | {"CDP_PROJECT_DIR": str(folder)}

    def write(self, text: str) -> None:
        (self.folder / "headwater.yml").write_text(text)

    def declare_sync(self, **meta: Any) -> None:
        """Writes what dbt would have left of an exposure."""
        sync = {"object": "Contact", "key": "customer_id", "mapping": {"Id": "id"}}
        exposure = {
            "name": "crm_contacts",
            "original_file_path": "models/exposures.yml",
            "depends_on": {"nodes": ["model.shop.contacts"]},
            "config": {"meta": {"sync": sync | meta}},
        }
        node = {"name": "contacts", "alias": "contacts", "schema": "exports"}
        manifest = {
            "nodes": {"model.shop.contacts": node},
            "exposures": {"exposure.shop.crm_contacts": exposure},
        }
        (self.folder / "target").mkdir()
        (self.folder / "target/manifest.json").write_text(json.dumps(manifest))
        (self.folder / "models").mkdir()
        (self.folder / "models/exposures.yml").write_text(
            "exposures:\n  - name: crm_contacts\n    config:\n      meta:\n"
            "        sync:\n          destination: crm\n"
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder, code = tmp_path / "project", tmp_path / "code"
    folder.mkdir()
    code.mkdir()
    (folder / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
    monkeypatch.setattr(
        transformations, "__path__", [*transformations.__path__, str(code)]
    )
    found = Project(folder, code)
    found.write(FILE)
    return found


@pytest.fixture
def broken() -> Callable[[str, str], str]:
    """Puts one mistake into the good workspace."""

    def change(old: str, new: str) -> str:
        assert FILE.count(old) == 1, old
        return FILE.replace(old, new)

    return change
