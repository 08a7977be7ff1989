"""SQLMesh: what a change to the models would do, before it is merged.

`sqlmesh plan dev` reads the same models as `dbt build`, in a file of its own
(docs/preview.md). dbt stays the build.
"""

from __future__ import annotations

from pathlib import Path

from sqlmesh.core.config import (
    AutoCategorizationMode,
    CategorizerConfig,
    DuckDBConnectionConfig,
    GatewayConfig,
    ModelDefaultsConfig,
    PlanConfig,
)
from sqlmesh.core.config.common import VirtualEnvironmentMode
from sqlmesh.core.config.connection import DuckDBAttachOptions
from sqlmesh.dbt.loader import sqlmesh_config

from cdp.preview import LOADED_CATALOG, loaded_path, preview_path, show_loaded_tables
from cdp.settings import load_settings

TARGET = "preview"

settings = load_settings()
show_loaded_tables(settings)

config = sqlmesh_config(
    Path(__file__).parent,
    dbt_target_name=TARGET,
    infer_state_schema_name=True,
    virtual_environment_mode=VirtualEnvironmentMode.FULL,
    disable_anonymized_analytics=True,
    cache_dir=str(settings.data_dir / "state" / "sqlmesh"),
    model_defaults=ModelDefaultsConfig(dialect="duckdb", start="2020-01-01"),
    plan=PlanConfig(
        always_recreate_environment=True,
        auto_categorize_changes=CategorizerConfig(
            external=AutoCategorizationMode.FULL,
            python=AutoCategorizationMode.FULL,
            sql=AutoCategorizationMode.FULL,
            seed=AutoCategorizationMode.FULL,
        ),
    ),
    default_gateway=TARGET,
    gateways={
        TARGET: GatewayConfig(
            connection=DuckDBConnectionConfig(
                catalogs={
                    "preview": str(preview_path(settings)),
                    LOADED_CATALOG: DuckDBAttachOptions(
                        type="duckdb", path=str(loaded_path(settings)), read_only=True
                    ),
                },
                connector_config={"TimeZone": "UTC"},
                concurrent_tasks=1,
            ),
            state_schema="sqlmesh_state",
        )
    },
)
