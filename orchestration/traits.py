"""What the tools say about customers: where they contradict each other and us (S-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.text_table import text_table
from cdp.warehouse import open_snapshot
from orchestration.lineage.customer import find_customer
from orchestration.trait_names import require_trait

Show = Callable[[Any], Any]
Row = tuple[Any, ...]

_SUMMARY = """
    select
        trait_name, source_name, customer_count, disagreeing_customer_count,
        format('{:.1f} %', 100 * disagreeing_share)
    from marts.trait_disagreement_summary
    where $trait in ('', trait_name)
    order by disagreeing_customer_count desc, trait_name, source_name
"""
_STATES = """
    select sync_name, trait_name, delivery_state, count(*)
    from marts.trait_deliveries
    where $trait in ('', trait_name)
    group by all order by all
"""
_DISPUTED = """
    select customer_id, trait_name, source_name, stated_value, is_as_chosen, stated_at
    from marts.trait_disagreements
    where $trait in ('', trait_name)
        and customer_id in (
            select customer_id from marts.trait_disagreements
            where $trait in ('', trait_name)
            group by customer_id order by max(stated_at) desc, customer_id limit $limit
        )
    order by customer_id, trait_name, is_as_chosen desc, source_name
"""
_TRAITS = """
    select trait_name, trait_value, source_name, observed_at, precedence_rule
    from marts.customer_traits
    where customer_id = $customer and $trait in ('', trait_name)
    order by trait_name
"""
_STATEMENTS = """
    select trait_name, source_name, stated_value, is_as_chosen, stated_at
    from intermediate.int_traits_compared
    where customer_id = $customer and $trait in ('', trait_name)
    order by trait_name, is_as_chosen desc, source_name
"""
_DELIVERIES = """
    select
        trait_name, sync_name || '.' || destination_field_name, delivered_value,
        tool_value, delivery_state, delivered_at
    from marts.trait_deliveries
    where customer_id = $customer and $trait in ('', trait_name)
    order by trait_name, sync_name
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of the report.

    Attributes:
        title: What it tells.
        query: What it is of.
        headings: Of its columns.
        values: Places of columns that may name a person.
        nothing: What is said where it is empty.
    """

    title: str
    query: str
    headings: tuple[str, ...]
    values: tuple[int, ...] = ()
    nothing: str = ""


_OF_ALL = (
    _Part(
        "How often each source contradicts the value that counts",
        _SUMMARY,
        ("trait", "source", "customers", "other value", ""),
        nothing="no source has said anything",
    ),
    _Part(
        "Whether the tools took what was sent",
        _STATES,
        ("sync", "trait", "state", "customers"),
        nothing="nothing has been sent",
    ),
    _Part(
        "Who says what, the newest disputes first",
        _DISPUTED,
        ("customer", "trait", "source", "says", "counts", "since"),
        values=(3,),
        nothing="no tool contradicts another",
    ),
)
_OF_ONE = (
    _Part(
        "What counts, and why",
        _TRAITS,
        ("trait", "value", "source", "since", "rule"),
        values=(1,),
        nothing="nothing is known",
    ),
    _Part(
        "Who says what",
        _STATEMENTS,
        ("trait", "source", "says", "counts", "since"),
        values=(2,),
        nothing="nobody has said anything",
    ),
    _Part(
        "What was sent, and what the tool says",
        _DELIVERIES,
        ("trait", "field", "sent", "the tool says", "state", "sent at"),
        values=(2, 3),
        nothing="nothing has been sent",
    ),
)


def describe_traits(
    settings: Settings, customer: str, trait: str, limit: int, show: Show
) -> Iterator[str]:
    """Yield lines about what tools say, of one customer or of all.

    Args:
        settings: The workspace; a snapshot has been published.
        customer: Any identifier of one; empty for all.
        trait: Only this trait; empty for all.
        limit: At most so many customers with disputes.
        show: Turns a personal value into what is shown.

    Raises:
        Misconfigured: Nothing has been built yet.
        Rejected: Nobody has this identifier, or no trait has this name.
    """
    with open_snapshot(settings) as connection:
        if trait:
            require_trait(connection, settings, trait)
        wanted: dict[str, Any] = {"trait": trait}
        if customer:
            wanted["customer"] = find_customer(connection, customer)
            yield f"customer {wanted['customer']}"
        for part in _OF_ONE if customer else _OF_ALL:
            yield from ("", part.title)
            parameters = wanted | ({"limit": limit} if "$limit" in part.query else {})
            rows = _rows(connection, part, parameters, show)
            table = text_table(part.headings, rows) if rows else part.nothing
            yield from (f"  {line}" for line in table.splitlines())


def _rows(
    connection: duckdb.DuckDBPyConnection,
    part: _Part,
    parameters: dict[str, Any],
    show: Show,
) -> list[Row]:
    try:
        found = connection.execute(part.query, parameters).fetchall()
    except duckdb.CatalogException as error:
        raise Misconfigured(
            "the models of traits have not been built",
            place="marts.customer_traits",
            fix="Run `dbt build --select customer_traits+`, or `cdp run`",
        ) from error
    return [
        tuple(
            _written(show(value) if place in part.values else value)
            for place, value in enumerate(row)
        )
        for row in found
    ]


def _written(value: Any) -> Any:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ", timespec="seconds")
    return value
