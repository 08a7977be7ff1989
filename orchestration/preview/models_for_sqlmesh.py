"""The project's models as SQLMesh takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.lineage.project import Project

_OF_JINJA = re.compile(r"\{([{%#])")
Columns = Mapping[str, tuple[str, ...]]
"""By model, the columns that its query returns."""


def new_context(folder: Path, dialect: str) -> Any:
    """Return a context of SQLMesh whose state is in memory."""
    # half a second and 80 MB that no other command needs
    from sqlmesh import Context  # noqa: PLC0415
    from sqlmesh.core import config as settings  # noqa: PLC0415

    gateway = settings.GatewayConfig(connection=settings.DuckDBConnectionConfig())
    config = settings.Config(
        gateways={"preview": gateway},
        default_gateway="preview",
        disable_anonymized_analytics=True,
        cache_dir=str(folder / "cache"),
        model_defaults=settings.ModelDefaultsConfig(
            dialect=dialect, start="2020-01-01"
        ),
        plan=settings.PlanConfig(
            auto_categorize_changes=settings.CategorizerConfig.all_full()
        ),
    )
    return Context(paths=[folder], config=config)


def put_models(context: Any, project: Project, columns: Columns) -> dict[str, str]:
    """Give SQLMesh the models that it can read; return its names of them."""
    import sqlglot  # noqa: PLC0415
    from sqlmesh.core.model import create_sql_model  # noqa: PLC0415
    from sqlmesh.core.model.schema import update_model_schemas  # noqa: PLC0415

    found = {}
    for name, known in columns.items():
        table = project.tables.get(name)
        if table is None or not table.codes:
            continue
        # in what dbt has compiled these are texts; SQLMesh would take them for Jinja
        code = _OF_JINJA.sub(r"{ \1", table.codes[0])
        try:
            query = sqlglot.parse_one(code, dialect=project.dialect)
        except sqlglot.errors.SqlglotError:
            continue
        for source in query.find_all(sqlglot.exp.Table):
            source.set("catalog", None)
        model = create_sql_model(
            f"{table.schema}.{table.alias}",
            query,
            dialect=project.dialect,
            kind="VIEW" if table.materialized == "view" else "FULL",
            columns=dict.fromkeys(known, "unknown") or None,
        )
        # as its upsert_model does, which looks at all models again for each of them
        context.dag.add(model.fqn, model.depends_on)
        context._models.update({model.fqn: model})  # noqa: SLF001 - as above
        found[name] = model.fqn
    update_model_schemas(context.dag, context._models, context.cache_dir)  # noqa: SLF001
    return found
