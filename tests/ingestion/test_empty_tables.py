"""A tool that a company does not have keeps up with what models read of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import duckdb
from yaml import safe_load

from cdp.settings import Settings, load_settings
from ingestion.empty_tables import TOOLS, make_empty_tables
from ingestion.pipeline import run_source
from ingestion.sources.hubspot_tables import CONTACTS
from ingestion.sources.tables import Table, columns, resource

PROJECT = Path(__file__).parents[2]
BEFORE = Table("contacts", "id", columns(text="id", timestamp="updatedAt"), "updatedAt")


def workspace(folder: Path) -> Settings:
    settings = load_settings(
        {"CDP_PROJECT_DIR": str(PROJECT), "CDP_DATA_DIR": str(folder / "data")}
    )
    settings.data_dir.mkdir()
    return settings


@dlt.source(name="hubspot", max_table_nesting=0)
def of_an_older_version() -> Any:
    person = {"id": "1", "updatedAt": "2026-03-01T00:00:00Z"}
    return [resource(BEFORE, lambda _: iter([[person]]))]


def read_by_models() -> set[str]:
    """Return the tables of tools that dbt's sources name."""
    files = (PROJECT / "models" / "staging").glob("*/_*__sources.yml")
    sources = [one for file in files for one in safe_load(file.read_text())["sources"]]
    return {
        f"{one['schema']}.{table['name']}"
        for one in sources
        if one["name"] in TOOLS
        for table in one["tables"]
    }


def test_every_table_that_models_read_is_made_once(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    assert make_empty_tables(settings) == list(TOOLS)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        made = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
    assert read_by_models() <= {name for (name,) in made}
    assert make_empty_tables(settings) == []


def test_tables_of_an_older_version_get_what_was_declared_since(
    tmp_path: Path,
) -> None:
    settings = workspace(tmp_path)
    run_source(settings, "hubspot", of_an_older_version())
    assert make_empty_tables(settings, ["hubspot"]) == ["hubspot"]
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        found = connection.table("raw_hubspot.contacts")
        rows = found.project("id, lifecyclestage").fetchall()
    assert {name.lower() for name in CONTACTS.columns if name.islower()} <= set(
        found.columns
    )
    assert rows == [("1", None)]
    assert make_empty_tables(settings, ["hubspot"]) == []
