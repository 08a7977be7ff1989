"""``cdp explain``: the rows and events behind one value of one customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click
import duckdb
import msgspec

from activation.values import plain
from cdp.errors import Misconfigured, Rejected, Unavailable
from cdp.preview import loaded_path
from cdp.quoting import quoted
from cdp.settings import Settings, load_settings
from cdp.text_table import text_table
from orchestration.lineage.build_moment import moment_of_build
from orchestration.lineage.customer import CUSTOMER, find_customer, identifier_types
from orchestration.lineage.explain import Explainer, Level
from orchestration.lineage.lineage import Lineage, load_lineage
from orchestration.lineage.names import find_places
from orchestration.lineage.place import Place

_SQL_WIDTH = 160


@dataclass(frozen=True, slots=True)
class Explained:
    """What is behind one column of one customer.

    Attributes:
        trait: Table and column.
        note: Why the table itself shows no value; empty where it does.
        levels: The rows behind it.
    """

    trait: str
    note: str
    levels: tuple[Level, ...]


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
    column of `customers`, `table.column` of any table that has a customer_id, or a
    field of a destination that a sync fills (`klaviyo.profiles.email`).
    Reads the newest published snapshot. Personal values are masked.
    """
    settings = load_settings()
    lineage = load_lineage(settings)
    columns = columns_behind(lineage, trait)
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
        explained = [_explained(explainer, *each) for each in columns]
    if is_json:
        click.echo(_json(found, explained))
        return
    for one in explained:
        for line in _told(one, found):
            click.echo(line)


def _explained(explainer: Explainer, table: str, column: str) -> Explained:
    note = explainer.nothing_said(table, column)
    return Explained(f"{table}.{column}", note, tuple(explainer.levels(table, column)))


def columns_behind(lineage: Lineage, written: str) -> list[tuple[str, str]]:
    """Return the columns, by table, that a person names by a trait or a field.

    Args:
        lineage: The workspace's.
        written: A column of ``customers``, ``table.column``, or a destination's field:
            of that, the columns that its syncs fill it from.

    Raises:
        Rejected: No table that has a customer_id is behind it.
    """
    if "." not in written and written in lineage.columns.get("customers", ()):
        return [("customers", written)]
    named = written if "." in written else f"customers.{written}"
    places = find_places(lineage, named)
    found = [(one.table, one.column) for one in places if _is_owned(lineage, one)][:1]
    if found:
        return found
    fields = [place for place in places if place.is_field]
    found = list(dict.fromkeys(_behind(lineage, fields)))
    if found:
        return found
    if fields:
        raise Rejected(
            f"no table that has a {CUSTOMER} is behind {written!r}",
            fix=f"See where it comes from: cdp trace {written}",
        )
    raise Rejected(
        f"{written!r} is no column of a table that has a {CUSTOMER}",
        fix="Name a column of customers, table.column, or a field of a destination",
    )


def _is_owned(lineage: Lineage, place: Place) -> bool:
    is_table = place.table in lineage.project.tables
    return is_table and CUSTOMER in lineage.columns.get(place.table, ())


def _behind(lineage: Lineage, fields: list[Place]) -> Iterator[tuple[str, str]]:
    """Yield the nearest columns of tables that say whose their rows are."""
    seen = dict.fromkeys(fields)
    queue = list(seen)
    for place in queue:
        if _is_owned(lineage, place):
            yield place.table, place.column
            continue
        for step in lineage.graph.steps.get(place, ()):
            if step.how == "value" and step.origin not in seen:
                seen[step.origin] = None
                queue.append(step.origin)


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


def _json(customer: str, explained: Sequence[Explained]) -> str:
    told = {
        "customer_id": customer,
        "trait": ", ".join(one.trait for one in explained),
        "notes": [one.note for one in explained if one.note],
        "levels": [level for one in explained for level in one.levels],
    }
    return msgspec.json.format(msgspec.json.encode(told, enc_hook=plain)).decode()


def _told(one: Explained, customer: str) -> Iterator[str]:
    yield f"{one.trait} of {customer}"
    if one.note:
        yield f"  {one.note}"
    for level in one.levels:
        yield from _lines(level)
    yield ""
    yield f"How it is computed: cdp trace {one.trait}"


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
