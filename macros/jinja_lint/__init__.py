"""What dbt puts into Jinja, for sqlfluff's fast templater (``library_path``).

sqlfluff with ``templater = jinja`` reads models without starting dbt. These stand-ins
render the cross-database macros as DuckDB has them and let our dispatched macros find
their DuckDB branch, so that both templaters see the same SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from jinja2 import pass_context
from jinja2.runtime import Context

Rendered = Callable[..., str]


class _Dbt:
    """The cross-database macros that models use, in DuckDB's words."""

    def concat(self, fields: list[str]) -> str:
        return " || ".join(fields)

    def hash(self, field: str) -> str:
        return f"md5(cast({field} as varchar))"

    def dateadd(self, datepart: str, interval: object, from_date: str) -> str:
        return f"date_add({from_date}, interval ({interval}) {datepart})"

    def datediff(self, first: str, second: str, datepart: str) -> str:
        return f"datediff('{datepart}', {first}, {second})"

    def date_trunc(self, datepart: str, date: str) -> str:
        return f"date_trunc('{datepart}', {date})"

    def date_spine(self, datepart: str, start_date: str, end_date: str) -> str:
        return f"select {start_date} as date_{datepart} where {end_date} is not null"

    def listagg(self, measure: str, delimiter: str, order_by: str) -> str:
        return f"string_agg({measure}, {delimiter} {order_by})"

    def type_string(self) -> str:
        return "varchar"

    def type_timestamp(self) -> str:
        return "timestamp"

    def type_bigint(self) -> str:
        return "bigint"

    def __getattr__(self, name: str) -> Rendered:
        return lambda *fields: f"{name}({', '.join(str(field) for field in fields)})"


class _Adapter:
    """Finds a dispatched macro's DuckDB branch, then its default branch."""

    @pass_context
    def dispatch(self, context: Context, name: str, *_: str) -> object:
        for prefix in ("duckdb__", "default__"):
            macro = context.resolve_or_missing(prefix + name)
            if callable(macro):
                return macro
        return lambda *_: name


dbt = _Dbt()
adapter = _Adapter()
execute = False
target = {"name": "dev", "schema": "main", "type": "duckdb"}
run_started_at = datetime(2026, 1, 1, tzinfo=UTC)


def env_var(_: str, default: str = "") -> str:
    """Return the default: linting depends on no environment."""
    return default


globals()["return"] = lambda value: value
