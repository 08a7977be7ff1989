"""Two answers to who is who, compared: people split, people merged."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

_JOINED = """
    create temporary table joined as
    select
        coalesce(old.identifier_type, new.identifier_type)
        || ':' || coalesce(old.identifier_value, new.identifier_value) as identifier,
        old.customer_id as old_id,
        new.customer_id as new_id
    from before.customer_identifiers as old
    full outer join marts.customer_identifiers as new
        using (identifier_type, identifier_value)
"""
_COUNTS = """
    select
        count(distinct old_id),
        count(distinct new_id),
        count(*) filter (old_id <> new_id),
        count(*) filter (new_id is null),
        count(*) filter (old_id is null)
    from joined
"""
_REGROUPED = """
    create temporary table {kind} as
    select {whole} as person, list(distinct {part} order by {part}) as parts
    from joined where old_id is not null and new_id is not null
    group by {whole} having count(distinct {part}) > 1
"""
_LINKS = """
    create temporary table {name} as
    select
        left_type || ':' || left_value as left_identifier,
        right_type || ':' || right_value as right_identifier,
        refusal_reason || ': ' || refusal_explanation as reason
    from {there}.identity_refused_edges as refused
    where not exists (
        select 1 from {elsewhere}.identity_refused_edges as other
        where other.left_type = refused.left_type
            and other.left_value = refused.left_value
            and other.right_type = refused.right_type
            and other.right_value = refused.right_value
    )
    union all
    select
        left_type || ':' || left_value, right_type || ':' || right_value,
        printf('probable (%.4f): %s', match_probability, agreement)
    from {elsewhere}.probable_links
    where refusal_reason is null
        and (left_type, left_value, right_type, right_value) not in (
            select (left_type, left_value, right_type, right_value)
            from {there}.probable_links where refusal_reason is null
        )
"""
_EXAMPLES = """
    with shown as (
        select person, parts from {kind} order by len(parts) desc, person limit $count
    ),
    members as (
        select person, {part} as part,
            list(identifier order by identifier) as identifiers
        from shown inner join joined on joined.{whole} = shown.person
        where {part} is not null group by all
    ),
    causes as (
        select person,
            list(distinct left_identifier || ' - ' || right_identifier
                || ', ' || reason) as reasons
        from shown
        inner join joined on joined.{whole} = shown.person
        inner join {links} as links
            on joined.identifier in (links.left_identifier, links.right_identifier)
        group by person
    )
    select members.person, list(members.part order by members.part),
        list(members.identifiers order by members.part),
        coalesce(any_value(causes.reasons), [])
    from members left join causes using (person)
    group by members.person order by members.person
"""


@dataclass(frozen=True, slots=True)
class Regrouped:
    """One person who would become several, or several who would become one.

    Attributes:
        customer_id: The one: today's id of a split, the id after a merge.
        parts: Identifiers of each of the several, by their customer id.
        reasons: The links that make the difference, with why (not).
    """

    customer_id: str
    parts: dict[str, tuple[str, ...]]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """What changes for whom.

    Attributes:
        people_before: Customers in the last build.
        people_after: Customers with the changed rules.
        moved: Identifiers with another customer id.
        lost: Identifiers that would belong to nobody.
        gained: Identifiers that belonged to nobody.
        split_count: Customers who would become several.
        merged_count: Customers who would be made of several.
        splits: Some of them.
        merges: Some of them.
    """

    people_before: int
    people_after: int
    moved: int
    lost: int
    gained: int
    split_count: int
    merged_count: int
    splits: tuple[Regrouped, ...]
    merges: tuple[Regrouped, ...]


def compare(connection: duckdb.DuckDBPyConnection, example_count: int) -> Differences:
    """Compare ``before.customer_identifiers`` with the marts of the same file."""
    connection.execute(_JOINED)
    counts = connection.execute(_COUNTS).fetchone() or ()
    people_before, people_after, moved, lost, gained = counts
    split_count, splits = _regrouped(
        connection, "split", ("old_id", "new_id"), ("marts", "before"), example_count
    )
    merged_count, merges = _regrouped(
        connection, "merged", ("new_id", "old_id"), ("before", "marts"), example_count
    )
    return Differences(
        people_before=people_before,
        people_after=people_after,
        moved=moved,
        lost=lost,
        gained=gained,
        split_count=split_count,
        merged_count=merged_count,
        splits=splits,
        merges=merges,
    )


def _regrouped(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    columns: tuple[str, str],
    refused: tuple[str, str],
    example_count: int,
) -> tuple[int, tuple[Regrouped, ...]]:
    """Return how many were regrouped, and some: columns are the whole and its parts."""
    whole, part = columns
    links = f"links_{kind}"
    connection.execute(_REGROUPED.format(kind=kind, whole=whole, part=part))
    connection.execute(
        _LINKS.format(name=links, there=refused[0], elsewhere=refused[1])
    )
    count = connection.execute(
        f"select count(*) from {kind}"  # noqa: S608 - split or merged
    ).fetchone()
    rows = connection.execute(
        _EXAMPLES.format(kind=kind, whole=whole, part=part, links=links),
        {"count": example_count},
    ).fetchall()
    examples = tuple(
        Regrouped(
            person,
            {
                part: tuple(named)
                for part, named in zip(parts, identifiers, strict=True)
            },
            tuple(sorted(reasons)),
        )
        for person, parts, identifiers, reasons in rows
    )
    return (count or (0,))[0], examples
