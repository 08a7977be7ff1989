"""A table of logins in the company's own database says who is who, once it is named."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.raw_warehouse import PROJECT, Warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
NAMED = """\
  user_tables:
    - source: production
      table: users
      columns:
        user_id: id
        email: contact_email
        phone: phone
        last_name: name
        created_at: created_at
    - source: production
      table: partners
      columns:
        user_id: login
        company_name: upper(company)
        created_at: created_at
        updated_at: changed_at
"""
SOURCE = """\
sources:
  - name: production
    description: The product's own database.
    schema: raw_production
    loader: dlt
    config:
      loaded_at_query: select max(inserted_at) from {{ this.schema }}._dlt_loads
      freshness:
        warn_after: {count: 1, period: day}
        error_after: {count: 3, period: day}
    tables:
      - name: users
        description: One row per login, in its newest state.
      - name: partners
        description: One row per login of a partner.
"""
USERS = """
create schema raw_production;
create table raw_production.users (
    id bigint, contact_email varchar, phone varchar, name varchar,
    created_at timestamp, _deleted_at timestamp with time zone
);
insert into raw_production.users values
    (1, ' Rosa@Example.com', '+49 30 1234567', 'Luxemburg', '2026-02-01', null),
    (2, 'karl@example.com', null, 'Liebknecht', '2026-02-01', '2026-02-02'),
    (3, null, null, 'Zetkin', null, null);
create table raw_production.partners (
    login varchar, company varchar, created_at timestamp with time zone,
    changed_at timestamp with time zone, _deleted_at timestamp with time zone
);
insert into raw_production.partners values
    (' p9', 'Acme', '2026-02-01', '2026-02-03', null),
    ('1', 'Older', '2026-01-01', '2026-01-31', null),
    (null, 'Nobody', '2026-01-01', '2026-01-31', null);
"""
ROSA = {"traits": {"email": "rosa@example.com"}}
EVENTS: list[dict[str, Any]] = [
    {"message_id": "m1", "type": "identify", "anonymous_id": "d1", "user_id": "1"},
    {"message_id": "m2", "type": "page", "anonymous_id": "d2", "context": ROSA},
    {"message_id": "m3", "type": "identify", "anonymous_id": "d3", "user_id": "2"},
]
CUSTOMERS = """
    select string_agg(identifier_value, ' ' order by identifier_value) as known_by
    from marts.customer_identifiers group by customer_id order by known_by
"""
TRAITS = """
    select trait_name, trait_value, source_name from marts.customer_traits
    where trait_name in ('company_name', 'phone', 'last_name') order by trait_name
"""


def project_with_users(folder: Path) -> Path:
    """A copy of the project in which its owner has named the table."""
    project = folder / "project"
    shutil.copytree(PROJECT / "models", project / "models")
    for name in ("macros", "seeds", "tests", "profiles.yml"):
        (project / name).symlink_to(PROJECT / name)
    settings = (PROJECT / "dbt_project.yml").read_text()
    assert "  user_tables: []\n" in settings
    settings = settings.replace("  user_tables: []\n", NAMED)
    (project / "dbt_project.yml").write_text(settings)
    declared = project / "models" / "staging" / "production"
    declared.mkdir()
    (declared / "_production__sources.yml").write_text(SOURCE)
    return project


def test_a_named_table_of_logins_gives_links_and_traits_until_a_row_is_deleted(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    project = str(project_with_users(tmp_path))
    build = (
        *("build", "--project-dir", project, "--profiles-dir", str(PROJECT)),
        *("--select", "+customer_traits", "--exclude", "resource_type:unit_test"),
        *("--indirect-selection", "buildable"),
    )
    warehouse.land([event | {"at": START} for event in EVENTS], START)
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(USERS)

    warehouse.dbt(*build)

    assert warehouse.rows(CUSTOMERS) == [
        *(("1 d1 d2 rosa@example.com",), ("2 d3",), ("p9",))
    ]
    assert warehouse.rows(TRAITS) == [
        ("company_name", "ACME", "user_table"),
        ("last_name", "Luxemburg", "user_table"),
        ("phone", "+49 30 1234567", "user_table"),
    ]

    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("update raw_production.users set _deleted_at = now()")
        connection.execute("delete from raw_production.partners where login = '1'")
    warehouse.dbt(*build)
    grown = warehouse.rows(CUSTOMERS)
    warehouse.dbt(*build, "--full-refresh")

    assert grown == [("1 d1",), ("2 d3",), ("d2 rosa@example.com",), ("p9",)]
    assert warehouse.rows(CUSTOMERS) == grown
    assert warehouse.rows(TRAITS) == [("company_name", "ACME", "user_table")]
