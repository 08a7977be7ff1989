"""One person as identity sees them: identifiers, links with sources, refused links."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from cdp.errors import Misconfigured, Rejected

Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """A claim that two identifiers are one person's.

    Attributes:
        left: Kind and value.
        right: Kind and value.
        claimed_by: The system that says so.
        refusal_reason: Why it is not believed; None where it is.
        explanation: What was found; None where it is believed.
    """

    left: Identifier
    right: Identifier
    claimed_by: str
    refusal_reason: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with everything that leads to them.

    Attributes:
        customer_id: The customer.
        identifiers: From the oldest on: the first one names the customer.
        links: Those that touch any of the identifiers, believed and refused.
    """

    customer_id: str
    identifiers: tuple[Identifier, ...]
    links: tuple[Link, ...]

    def believed(self, without: Iterable[frozenset[Identifier]] = ()) -> list[Link]:
        """Return the links that hold, except cut ones."""
        cut = set(without)
        return [
            link
            for link in self.links
            if link.refusal_reason is None
            and frozenset((link.left, link.right)) not in cut
        ]

    def parts(self, without: Iterable[frozenset[Identifier]]) -> list[list[Identifier]]:
        """Return who this person is once these links are cut, the first known first."""
        links = self.believed(without)
        parts: list[list[Identifier]] = []
        seen: set[Identifier] = set()
        for identifier in self.identifiers:
            if identifier not in seen:
                reached = set(_reach(identifier, links))
                seen |= reached
                parts.append([one for one in self.identifiers if one in reached])
        return parts

    def id_of(self, part: Sequence[Identifier]) -> str:
        """Return the customer id that a part of this person gets.

        Args:
            part: Its identifiers, the first known first, as ``parts`` has them.
        """
        own = set(part)
        # a device that others came to share leaves its name to whom it met first
        lent = {
            device
            for link in self.links
            for device, other in ((link.left, link.right), (link.right, link.left))
            if link.refusal_reason == f"shared_{device[0]}" and other in own
        }
        names = {customer_id_of(one) for one in own | lent}
        return (
            self.customer_id if self.customer_id in names else customer_id_of(part[0])
        )

    def way(
        self,
        start: Identifier,
        end: Identifier,
        without: Iterable[frozenset[Identifier]] = (),
    ) -> list[Identifier]:
        """Return the shortest way of links between two identifiers; empty if none."""
        before = _reach(start, self.believed(without))
        if end not in before:
            return []
        way = [end]
        while way[-1] != start:
            way.append(before[way[-1]])
        return way[::-1]


def parse(text: str) -> Identifier:
    """Return kind and value of ``type:value``.

    Raises:
        Rejected: It has no colon.
    """
    kind, colon, value = text.partition(":")
    if not (kind and colon and value):
        raise Rejected(
            f"{text!r} is no identifier",
            fix="Write its kind, a colon and the value, as in email:ada@example.com",
        )
    return kind, value.strip().lower() if kind == "email" else value.strip()


def written(identifier: Identifier) -> str:
    """Return ``type:value``."""
    return ":".join(identifier)


def customer_id_of(identifier: Identifier) -> str:
    """Return the id that an identifier gives, as the warehouse does."""
    named = hashlib.md5(written(identifier).encode(), usedforsecurity=False)
    return f"c_{named.hexdigest()[:16]}"


def find_person(connection: duckdb.DuckDBPyConnection, who: Identifier) -> Person:
    """Return the person that an identifier belongs to.

    Raises:
        Rejected: Nobody has this identifier.
        Misconfigured: Identity has not been built.
    """
    try:
        rows = connection.execute(_IDENTIFIERS, who).fetchall()
        refused = connection.execute(_LINKS_OF_ONE, [*who, *who]).fetchall()
        links = connection.execute(_LINKS_OF_PERSON, who).fetchall() if rows else []
    except duckdb.CatalogException as error:
        raise Misconfigured(
            "identity has not been built", place="marts", fix="Run `dbt build` first"
        ) from error
    if not rows:
        raise _unknown(who, refused)
    return Person(
        rows[0][0],
        tuple((kind, value) for _, kind, value in rows),
        tuple(_links(links)),
    )


def _unknown(who: Identifier, links: Sequence[tuple[str, ...]]) -> Rejected:
    if links:
        link = next(_links(links))
        reason = f"{link.refusal_reason} ({link.explanation})"
        return Rejected(f"{written(who)} belongs to nobody: {reason}")
    return Rejected(
        f"{written(who)} is not known",
        fix="Look at the spelling; the kinds are in marts.customer_identifiers",
    )


def _links(rows: Iterable[tuple[str, ...]]) -> Iterator[Link]:
    for left_type, left, right_type, right, claimed_by, reason, explanation in rows:
        yield Link(
            (left_type, left), (right_type, right), claimed_by, reason, explanation
        )


def _reach(start: Identifier, links: Iterable[Link]) -> dict[Identifier, Identifier]:
    """Return everything that is linked with the start, with the step before it."""
    beside = defaultdict(list)
    for link in links:
        beside[link.left].append(link.right)
        beside[link.right].append(link.left)
    before = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for there in beside[here]:
            if there not in before:
                before[there] = here
                waiting.append(there)
    return before


_IDENTIFIERS = """
    select named.customer_id, identifier_type, identifier_value
    from marts.customer_identifiers as named
    inner join intermediate.int_identities_contracted as aged
        using (identifier_type, identifier_value)
    where named.customer_id = (
        select customer_id from marts.customer_identifiers
        where identifier_type = $1 and identifier_value = $2
    )
    order by aged.known_since_at nulls last, identifier_type <> 'anonymous_id',
        aged.first_seen_at, identifier_type, identifier_value
"""
_LINK_COLUMNS = (
    "left_type, left_value, right_type, right_value, claimed_by, refusal_reason,"
    " refusal_explanation"
)
_LINKS = f"""
    links as (
        select {_LINK_COLUMNS} from intermediate.int_links_judged
        union all
        select
            left_type, left_value, right_type, right_value,
            printf('splink, probably (%.4f): %s', match_probability, agreement),
            refused.refusal_reason, refused.refusal_explanation
        from intermediate.int_probable_links_considered as probable
        left join marts.identity_refused_edges as refused
            using (left_type, left_value, right_type, right_value)
    )
"""  # noqa: S608 - our own names
_LINKS_OF_ONE = f"""
    with {_LINKS}
    select {_LINK_COLUMNS} from links
    where (left_type = $1 and left_value = $2) or (right_type = $3 and right_value = $4)
    order by all
"""  # noqa: S608 - our own names
_LINKS_OF_PERSON = f"""
    with own as (
        select identifier_type as kind, identifier_value as value
        from marts.customer_identifiers
        where customer_id = (
            select customer_id from marts.customer_identifiers
            where identifier_type = $1 and identifier_value = $2
        )
    ),
    {_LINKS}
    select {_LINK_COLUMNS} from links
    where (left_type, left_value) in (select (kind, value) from own)
        or (right_type, right_value) in (select (kind, value) from own)
    order by all
"""  # noqa: S608 - our own names
