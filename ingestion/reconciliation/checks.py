"""Ask both sides, write down what they say, and judge the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings
from cdp.warehouse import open_warehouse
from ingestion.configured import configured_sources, kind_of, landing_name
from ingestion.reconciliation import (
    advertising,
    databases,
    declared,
    hubspot,
    shops,
    tools,
    zendesk,
)
from ingestion.reconciliation.figure import Figure
from ingestion.sources.spans import ALMOST

EVERY = timedelta(days=1)
EQUAL, WITHIN_TOLERANCE, DIFFERENT = "equal", "within_tolerance", "different"
FIGURES: Mapping[str, Callable[[Settings, str], Iterator[Figure]]] = {
    "salesforce": tools.of_salesforce,
    "stripe": tools.of_stripe,
    "shopify": shops.of_shopify,
    "zendesk": zendesk.of_zendesk,
    "klaviyo": tools.of_klaviyo,
    "hubspot": hubspot.of_hubspot,
    "google_ads": advertising.of_google_ads,
    "meta_ads": advertising.of_meta_ads,
    "postgres": databases.of_postgres,
    "files": databases.of_files,
    "rest_api": declared.of_rest_api,
}
DDL = """
create schema if not exists raw_reconciliation;
create table if not exists raw_reconciliation.checks (
    source varchar, table_name varchar, checked_at timestamp with time zone,
    what varchar, asked varchar, in_source decimal(38, 2), in_warehouse decimal(38, 2),
    difference decimal(38, 2), tolerance decimal(38, 4), verdict varchar
);
"""


@dataclass(frozen=True, slots=True)
class Check:
    """What both sides said.

    Attributes:
        source: The source's key.
        figure: What was asked.
        in_warehouse: The warehouse's answer.
        checked_at: When.
    """

    source: str
    figure: Figure
    in_warehouse: Decimal
    checked_at: datetime

    @property
    def difference(self) -> Decimal:
        """What the warehouse has more than the source."""
        return self.in_warehouse - self.figure.in_source

    @property
    def verdict(self) -> str:
        """``equal``, ``within_tolerance`` or ``different``."""
        if self.difference == 0:
            return EQUAL
        may_differ = abs(self.figure.in_source) * self.figure.tolerance
        return WITHIN_TOLERANCE if abs(self.difference) <= may_differ else DIFFERENT

    @property
    def sentence(self) -> str:
        """The check as one line for a person."""
        figure = self.figure
        return (
            f"{self.source}.{figure.table}: {figure.what} of {figure.asked}:"
            f" {figure.in_source:,} in the source, {self.in_warehouse:,} in the"
            f" warehouse ({self.verdict.replace('_', ' ')})"
        )


def reconcilable(settings: Settings) -> list[str]:
    """Return the configured sources that can be asked."""
    names = configured_sources(settings)
    return [name for name in names if kind_of(settings, name) in FIGURES]


def reconcile(settings: Settings, names: Sequence[str]) -> list[Check]:
    """Compare sources with the warehouse, and write down what was found.

    Args:
        settings: The workspace.
        names: Keys of ``headwater.yml``.

    Raises:
        Misconfigured: A name is no source that can be asked.
        Unavailable: A source does not answer, or with something else than figures.
    """
    known = reconcilable(settings)
    checks = []
    for name in names:
        if name not in known:
            raise Misconfigured(
                f"{name!r} is no source that can be asked",
                place=f"{WORKSPACE_FILE}: sources",
                fix=f"Use one of {', '.join(known)}",
            )
        checks += _compared(settings, name, _asked(settings, name))
    return checks


def _asked(settings: Settings, name: str) -> list[Figure]:
    try:
        return list(FIGURES[kind_of(settings, name)](settings, name))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as odd:
        # an amount that is an object, a field that is gone: a load keeps them apart
        raise Unavailable(
            "answered with figures that cannot be read; its answers may have changed",
            place=name,
            fix="Look into the tables __refused of this source, then ask again",
        ) from odd


def due(settings: Settings) -> list[str]:
    """Return the sources that were not asked for a day."""
    with open_warehouse(settings, "look for checks") as connection:
        connection.execute(DDL)
        asked = connection.execute(
            "select source, max(epoch(checked_at)) from raw_reconciliation.checks"
            " group by source"
        ).fetchall()
    since = datetime.now(UTC).timestamp() - EVERY.total_seconds() * ALMOST
    recent = {str(source) for source, when in asked if when > since}
    return [name for name in reconcilable(settings) if name not in recent]


def _compared(settings: Settings, name: str, figures: list[Figure]) -> list[Check]:
    schema, now = f"raw_{landing_name(settings, name)}", datetime.now(UTC)
    with open_warehouse(settings, f"reconcile {name}") as connection:
        connection.execute(DDL)
        checks = [
            Check(name, figure, _in_warehouse(connection, schema, figure), now)
            for figure in figures
        ]
        if checks:
            connection.executemany(
                "insert into raw_reconciliation.checks"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(check) for check in checks],
            )
    return checks


def _in_warehouse(
    connection: duckdb.DuckDBPyConnection, schema: str, figure: Figure
) -> Decimal:
    where = f" where {figure.condition}" if figure.condition else ""
    try:
        found = connection.execute(
            f'select {figure.expression} from "{schema}"."{figure.table}"{where}'  # noqa: S608 - declared in the code
        ).fetchone()
    except duckdb.CatalogException:
        return Decimal(0)
    except duckdb.Error as error:
        raise Unavailable(
            f"{figure.what} cannot be found out here ({type(error).__name__})",
            place=f"{schema}.{figure.table}",
            fix="Compare the type of the column with the source's",
        ) from error
    return Decimal(str(found[0] or 0)) if found else Decimal(0)


def _row(check: Check) -> tuple[object, ...]:
    figure = check.figure
    return (
        check.source,
        figure.table,
        check.checked_at,
        figure.what,
        figure.asked,
        figure.in_source,
        check.in_warehouse,
        check.difference,
        figure.tolerance,
        check.verdict,
    )
