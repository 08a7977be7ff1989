"""``cdp explain``: the rows and events behind one value of one customer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb
import msgspec

from activation.exposures import quoted
from activation.values import plain
from cdp.errors import Misconfigured, Rejected, Unavailable
from cdp.preview import loaded_path
from cdp.settings import Settings, load_settings
from cdp.text_table import text_table
from orchestration.lineage.build_moment import moment_of_build
from orchestration.lineage.customer import CUSTOMER, find_customer, identifier_types
from orchestration.lineage.explain import Explainer, Level
from orchestration.lineage.lineage import Lineage, load_lineage
from orchestration.lineage.names import find_places

_SQL_WIDTH = 160


@click.command(name="explain")
@click.argument("customer")
@click.argument("trait")
@click.option(
    "--rows", "limit", default=5, show_default=True, help="Rows of each table."
)
@click.option("--show-values", is_flag=True, help="Do not mask personal values.")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
def command(
    customer: str, trait: str, *, limit: int, show_values: bool, is_json: bool
) -> None:
    """Show the rows and events behind TRAIT of CUSTOMER, down to the message ids.

    CUSTOMER is a customer_id, an email, or `type:value` of any identifier; TRAIT a
    column of `customers`, or `table.column` of any table that has a customer_id.
    Reads the newest published snapshot. Personal values are masked.
    """
    settings = load_settings()
    lineage = load_lineage(settings)
    table, column = _trait(lineage, trait)
    with _reader(settings) as connection:
        found = find_customer(connection, customer)
        kinds = identifier_types(connection, found)
        explainer = Explainer(
            connection,
            lineage,
            found,
            kinds,
            moment_of_build(settings),
            limit,
            show_values,
        )
        levels = list(explainer.levels(table, column))
    if is_json:
        told = {"customer_id": found, "trait": f"{table}.{column}", "levels": levels}
        click.echo(
            msgspec.json.format(msgspec.json.encode(told, enc_hook=plain)).decode()
        )
        return
    click.echo(f"{table}.{column} of {found}")
    for level in levels:
        for line in _lines(level):
            click.echo(line)
    click.echo("")
    click.echo("How it is computed: cdp trace " + f"{table}.{column}")


def _trait(lineage: Lineage, written: str) -> tuple[str, str]:
    if "." not in written and written in lineage.columns.get("customers", ()):
        return "customers", written
    named = written if "." in written else f"customers.{written}"
    for place in find_places(lineage, named):
        if CUSTOMER in lineage.columns.get(place.table, ()):
            return place.table, place.column
    raise Rejected(
        f"{written!r} is no column of a table that has a {CUSTOMER}",
        fix="Name a column of customers, or table.column",
    )


@contextmanager
def _reader(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the newest snapshot, or the warehouse where there is none, for reading."""
    file = loaded_path(settings)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            # views name the file that they were made in
            name = settings.warehouse_path.stem
            connection.execute(f"attach '{file}' as {quoted(name)} (read_only)")
            connection.execute(f"use {quoted(name)}")
        except duckdb.IOException as error:
            raise Unavailable(
                "the file is open in another process",
                place=str(file),
                fix="Wait for it to end, or read a snapshot: `cdp run` publishes one",
            ) from error
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise Misconfigured(
                "the tables are not those of the models as they are now",
                place=str(file),
                fix="Build and publish first: `cdp run`",
            ) from error


def _lines(level: Level) -> Iterator[str]:
    of = f", {level.of}" if level.of else ""
    rows = "row" if level.row_count == 1 else "rows"
    yield ""
    yield f"{level.table}: {level.row_count:,} {rows}{of}"
    for formula in level.formulas:
        yield f"  {_cut(formula)}"
    for rule in level.chosen_by:
        yield f"  chosen by {_cut(rule)}"
    cells = [[_cell(value) for value in row] for row in level.rows]
    if cells:
        for line in text_table(level.columns, cells).splitlines():
            yield f"    {line}"
    if level.row_count > len(level.rows):
        yield f"    … {level.row_count - len(level.rows):,} more (--rows)"
    for check in level.checks:
        yield f"  ✓ {check}" if check.endswith("the same") else f"  ✗ {check}"


def _cell(value: object) -> str:
    return "" if value is None else str(plain(value))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SQL_WIDTH else line[: _SQL_WIDTH - 1] + "…"
