"""Whom a change of rules would split or merge, found out on a copy.

What events and tools claim is copied into a file of its own; dbt runs the seeds and the
models of identity there as they stand in the checkout; the outcome is compared with
that of the last build. Nothing is written to the warehouse.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from cdp.errors import Misconfigured, Rejected
from cdp.quoting import literal
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from orchestration.dbt_build import run_dbt
from orchestration.identity.differences import Differences, compare
from orchestration.identity.person import Identifier

_CLAIMS = ("int_event_identifiers_observed", "int_tool_links_claimed")
_LIKELY = "stg_predictions__probable_links"
_CONSIDERED = "intermediate.int_probable_links_considered"
_LIMITS = Path("seeds") / "identity_limits.csv"
_SELECTED = (
    "+customer_identifiers,path:models/intermediate/identity",
    "customer_identifiers",
    "identity_refused_edges",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many identifiers of another kind one may have, as in identity_limits."""

    identifier_type: str
    linked_type: str
    count: int

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Return the limit that ``type:linked=n`` says.

        Raises:
            Rejected: It says none.
        """
        types, _, count = text.partition("=")
        identifier_type, _, linked_type = types.partition(":")
        if not (identifier_type and linked_type and count.isdecimal()):
            raise Rejected(
                f"{text!r} is no limit", fix="Write it as anonymous_id:email=3"
            )
        return cls(identifier_type, linked_type, int(count))


def preview(
    settings: Settings,
    cuts: Sequence[tuple[Identifier, Identifier]],
    limits: Sequence[Limit],
    example_count: int,
    threshold: float | None = None,
) -> Differences:
    """Return what the rules in the checkout would change.

    Args:
        settings: The workspace.
        cuts: Links to cut besides those in the seed.
        limits: Limits in place of the seed's.
        example_count: How many split and how many merged people to describe.
        threshold: How probable a probable link has to be; above 1 there are none; None
            is what ``dbt_project.yml`` says.

    Raises:
        Misconfigured: Identity has not been built.
        Rejected: A seed or a model of the checkout does not build, or a limit or a cut
            names what nobody has.
    """
    with tempfile.TemporaryDirectory(prefix="identity-", dir=settings.data_dir) as made:
        folder = Path(made)
        _copy_claims(settings, folder / "warehouse.duckdb")
        copy = _settings_of_copy(settings, folder)
        with duckdb.connect(str(copy.warehouse_path)) as connection:
            limited = settings.project_dir / _LIMITS
            _require_known(connection, limited, cuts, limits)
        run_dbt(copy, ("seed", "--select", "identity_*"), _silent)
        with duckdb.connect(str(copy.warehouse_path)) as connection:
            _change_rules(connection, cuts, limits)
        arguments = ("run", "--full-refresh", *_variables(threshold))
        arguments += ("--select", *_SELECTED, "--exclude", *_CLAIMS, _LIKELY)
        run_dbt(copy, arguments, _silent)
        with duckdb.connect(str(copy.warehouse_path)) as connection:
            connection.execute(
                f"create view marts.probable_links as from {_CONSIDERED}"
            )
            return compare(connection, example_count)


def _variables(threshold: float | None) -> tuple[str, ...]:
    if threshold is None:
        return ()
    are_on = "true" if threshold <= 1 else "false"
    said = f"{{probable_links: {are_on}, probable_link_threshold: {threshold}}}"
    return "--vars", said


def _silent(_name: str, _index: int, _total: int) -> None:
    return None


def _copy_claims(settings: Settings, path: Path) -> None:
    with open_warehouse(settings, "copy what is claimed") as connection:
        connection.execute(f"attach {literal(str(path))} as copy")
        connection.execute("create schema copy.before")
        connection.execute("create schema copy.intermediate")
        connection.execute("create schema copy.staging")
        tables = {f"intermediate.{name}": f"intermediate.{name}" for name in _CLAIMS}
        tables |= {
            "marts.customer_identifiers": "before.customer_identifiers",
            "marts.identity_refused_edges": "before.identity_refused_edges",
            _CONSIDERED: "before.probable_links",
            f"staging.{_LIKELY}": f"staging.{_LIKELY}",
        }
        try:
            for source, target in tables.items():
                connection.execute(f"create table copy.{target} as from {source}")
        except duckdb.CatalogException as error:
            raise Misconfigured(
                "identity has not been built",
                place=str(settings.warehouse_path),
                fix="Run `dbt build` first",
            ) from error
        _copy_empty_raw_tables(connection)
        connection.execute("detach copy")


def _copy_empty_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Every dbt run asks whether anything has been loaded."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where schema_name like 'raw_%' and database_name = current_database()"
    ).fetchall()
    for schema, table in found:
        connection.execute(f'create schema if not exists copy."{schema}"')
        connection.execute(
            f'create table copy."{schema}"."{table}"'
            f' as from "{schema}"."{table}" limit 0'
        )


def _settings_of_copy(settings: Settings, folder: Path) -> Settings:
    target = folder / "target"
    target.mkdir()
    environment = {**settings.environment, "DBT_TARGET_PATH": str(target)}
    return replace(settings, data_dir=folder, environment=environment)


def _change_rules(
    connection: duckdb.DuckDBPyConnection,
    cuts: Sequence[tuple[Identifier, Identifier]],
    limits: Sequence[Limit],
) -> None:
    for one, other in cuts:
        connection.execute(
            "insert into seeds.identity_cut_links values (?, ?, ?, ?, 'previewed')",
            [*one, *other],
        )
    for limit in limits:
        key = [limit.identifier_type, limit.linked_type]
        connection.execute(
            "delete from seeds.identity_limits"
            " where identifier_type = ? and linked_type = ?",
            key,
        )
        connection.execute(
            "insert into seeds.identity_limits values (?, ?, ?, 'previewed')",
            [*key, limit.count],
        )


def _require_known(
    connection: duckdb.DuckDBPyConnection,
    limited: Path,
    cuts: Sequence[tuple[Identifier, Identifier]],
    limits: Sequence[Limit],
) -> None:
    """Refuse a slip of the pen: it would seem to change nothing."""
    known = connection.execute(
        "select identifier_type from before.customer_identifiers"
        " union select identifier_type from read_csv($limited, all_varchar = true)"
        " order by all",
        {"limited": str(limited)},
    ).fetchall()
    kinds = [str(kind) for (kind,) in known if kind != "*"]
    for limit in limits:
        for kind in (limit.identifier_type, limit.linked_type):
            if kind not in {*kinds, "*"}:
                fix = f"Use one of {', '.join(kinds)}"
                raise Rejected(f"{kind!r} is no kind of identifier", fix=fix)
    for one in (one for cut in cuts for one in cut):
        found = connection.execute(
            "select 1 from before.customer_identifiers"
            " where identifier_type = ? and identifier_value = ?",
            [*one],
        ).fetchone()
        if found is None:
            kind, value = one
            raise Rejected(f"{kind}:{value} is not known", fix="Look at the spelling")
