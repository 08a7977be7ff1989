"""The models of identity, run on one DuckDB connection without dbt.

Renders the project's own SQL and macros with Jinja, as dbt does, and materialises the
results: a table anew, or an incremental model's rows merged by its key. For benchmarks
and property tests that build identity hundreds of times.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "models" / "intermediate" / "identity"
SEEDS = (
    "identity_blocked_values",
    "identity_limits",
    "identity_priorities",
    "identity_cut_links",
)
MODELS = (
    "int_event_links_claimed",
    "int_alias_links_claimed",
    "int_merge_links_claimed",
    "int_links_claimed",
    "int_links_in_question",
    "int_devices_lent",
    "int_identifiers_counted",
    "int_identity_limits_resolved",
    "int_identifiers_shared",
    "int_links_judged",
    "int_identifiers_touched",
    "int_devices_acquainted",
    "int_identifiers_numbered",
    "int_links_numbered",
    "int_identities_contracted",
)
MACRO_FILES = (
    *(f"identity/{file.name}" for file in (PROJECT / "macros/identity").glob("*.sql")),
    "newest.sql",
    "surrogate_key.sql",
    "time/build_moment.sql",
    "json/json_records.sql",
)
INPUTS = """
    create schema intermediate;
    create schema seeds;
    create table intermediate.int_event_identifiers_observed (
        anonymous_id varchar, user_id varchar, previous_user_id varchar, email varchar,
        first_seen_at timestamp, loaded_at timestamp, changed_at timestamp,
        merged_json varchar
    );
    create table intermediate.int_tool_links_claimed (
        claimed_by varchar, left_type varchar, left_value varchar,
        right_type varchar, right_value varchar, first_seen_at timestamp
    );
"""


class _Result:
    """The part of dbt's query result that macros read."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.columns = [_Values([row[0] for row in rows])] if rows else []
        self.rows = [_Values(list(row)) for row in rows]


class _Values:
    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def values(self) -> list[Any]:
        return self._values


class _Dbt:
    """The cross-database macros that these models use, in DuckDB's words."""

    def type_string(self) -> str:
        return "varchar"

    def hash(self, field: str) -> str:
        return f"md5(cast({field} as varchar))"

    def concat(self, fields: list[str]) -> str:
        return " || ".join(fields)

    def split_part(self, text: str, delimiter: str, part: int) -> str:
        return f"split_part({text}, {delimiter}, {part})"


class Identity:
    """Tables of identity on a connection, grown by builds.

    Args:
        connection: An empty database; gets inputs, seeds and models.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._state = _State()
        self._environment = Environment(  # noqa: S701 - SQL, not HTML
            loader=FileSystemLoader([FOLDER, PROJECT / "macros"]),
            extensions=["jinja2.ext.do"],
        )
        connection.execute(INPUTS)
        for seed in SEEDS:
            connection.execute(
                f"create table seeds.{seed} as from read_csv("
                f"'{PROJECT / 'seeds' / seed}.csv', header = true, all_varchar = true)"
            )
        connection.execute(
            "alter table seeds.identity_limits alter limit_count type int;"
            "alter table seeds.identity_priorities alter priority type int"
        )
        self._load_macros()

    @property
    def moment(self) -> datetime:
        """When the last build started, without a zone, as the tables have it."""
        return self._state.moment.replace(tzinfo=None)

    def build(self, *, full_refresh: bool = False) -> None:
        """Build every model once, as ``dbt run`` does."""
        self._state.moment += timedelta(seconds=1)
        self._state.FULL_REFRESH = full_refresh
        for model in MODELS:
            self._build(model)

    def people(self) -> list[tuple[Any, ...]]:
        """Return kind, value, customer and first sight of every identifier, sorted."""
        return self.connection.execute(
            "select identifier_type, identifier_value, customer_id, first_seen_at"
            " from intermediate.int_identities_contracted order by all"
        ).fetchall()

    def verdicts(self) -> list[tuple[Any, ...]]:
        """Return every link that is claimed, with its verdict, sorted."""
        return self.connection.execute(
            "select left_type, left_value, right_type, right_value, claimed_by,"
            " refusal_reason, refusal_explanation, first_seen_at"
            " from intermediate.int_links_judged"
            " where refusal_reason is distinct from 'withdrawn' order by all"
        ).fetchall()

    def _build(self, model: str) -> None:
        state, target = self._state, f"intermediate.{model}"
        config = state.config
        config.clear()
        state.identifier = model
        state.grows = (
            "materialized='incremental'" in _source(model)
            and not state.FULL_REFRESH
            and self._exists(model)
        )
        sql = self._environment.get_template(f"{model}.sql").render()
        hooks = config.get("pre_hook", [])
        for hook in [hooks] if isinstance(hooks, str) else hooks:
            self._environment.from_string(hook).render()
        if not state.grows:
            self.connection.execute(f"create or replace table {target} as {sql}")
        else:
            self._add(target, sql, config.get("unique_key"))
        if "post_hook" in config:
            hook = self._environment.from_string(config["post_hook"]).render()
            self.connection.execute(hook)

    def _add(self, target: str, sql: str, key: str | list[str] | None) -> None:
        self.connection.execute(f"create or replace temp table added as {sql}")
        if key is None:
            self.connection.execute(f"insert into {target} by name from added")
            return
        keys = ", ".join([key] if isinstance(key, str) else key)
        self.connection.execute(
            f"merge into {target} using added using ({keys})"
            " when matched then update by name when not matched then insert by name"
        )

    def _exists(self, model: str) -> bool:
        found = self.connection.execute(
            "select 1 from duckdb_tables()"
            " where schema_name = 'intermediate' and table_name = ?",
            [model],
        ).fetchone()
        return found is not None

    def _run_query(self, sql: str) -> _Result:
        rows = self.connection.execute(sql).fetchall()
        return _Result(rows)

    def _relation(self, identifier: str, **_: str) -> str | None:
        return f"intermediate.{identifier}" if self._exists(identifier) else None

    def _load_macros(self) -> None:
        """Load every macro twice: each then finds those of later files, too."""
        names = self._environment.globals
        names |= {
            "config": lambda **settings: self._state.config.update(settings) or "",
            "is_incremental": lambda: self._state.grows,
            "flags": self._state,
            "this": self._state,
            "run_started_at": self._state,
            "run_query": self._run_query,
            "execute": True,
            "dbt": _Dbt(),
            "target": SimpleNamespace(name="dev"),
            "local_md5": lambda text: hashlib.md5(text.encode()).hexdigest(),  # noqa: S324
            "ref": _table,
            "return": lambda value: value,
            "adapter": SimpleNamespace(
                dispatch=lambda name: names[f"duckdb__{name}"],
                get_relation=self._relation,
            ),
        }
        for file in MACRO_FILES * 2:
            template = self._environment.get_template(file)
            found = vars(template.make_module(dict(names)))
            names |= {n: v for n, v in found.items() if not n.startswith("_")}


class _State:
    """What changes from model to model: dbt's this, flags, config and clock."""

    database, schema = "db", "intermediate"

    def __init__(self) -> None:
        self.identifier = ""
        self.grows = False
        self.FULL_REFRESH = False
        self.config: dict[str, Any] = {}
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"intermediate.{self.identifier}"

    def strftime(self, form: str) -> str:
        return self.moment.strftime(form)


def _table(name: str) -> str:
    return f"{'seeds' if name in SEEDS else 'intermediate'}.{name}"


def _source(model: str) -> str:
    return (FOLDER / f"{model}.sql").read_text(encoding="utf-8")
