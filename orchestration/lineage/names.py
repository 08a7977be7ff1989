"""From what people write to places: ``orders.order_amount``, ``event:signed_up``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from cdp.errors import Rejected
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.origins import events_of
from orchestration.lineage.place import EVENTS, ROWS, TO, Place

_CONTENT = ("properties", "traits", "context")


def find_places(lineage: Lineage, written: str) -> list[Place]:
    """Return all places of what a person names, fields of destinations first.

    Args:
        lineage: The workspace's.
        written: ``klaviyo.profiles.email`` (a field), ``orders.order_amount`` (a
            column; ``orders`` for all of them; ``orders.amount`` where no column is
            just that), ``stripe.charges.amount`` (what an API
            gives) or ``event:order_completed.total`` (a property; without one, the
            event).

    Raises:
        Rejected: There is nothing of that name; says what is nearest.
    """
    found = _fields(lineage, written) or _events(lineage, written)
    found = found or _columns(lineage, written)
    if not found:
        near = difflib.get_close_matches(written, set(_known(lineage)), n=4, cutoff=0.5)
        raise Rejected(
            f"there is no column, field or event property {written!r}",
            fix=f"Did you mean {', '.join(near)}?" if near else "",
        )
    return found


def loaded_places(lineage: Lineage, written: str) -> list[Place]:
    """Return the same, columns first: a tool may be source and destination.

    Raises:
        Rejected: There is nothing of that name.
    """
    found = _events(lineage, written) or _columns(lineage, written)
    return found or find_places(lineage, written)


def _fields(lineage: Lineage, written: str) -> list[Place]:
    asked = written.lower()
    exact, loose = [], []
    for field in lineage.fields:
        name = field.place.name.lower()
        table = field.place.table.removeprefix(TO)
        if name == asked:
            exact.append(field.place)
        elif f"{table}.{name.rsplit('.', 1)[-1]}" == asked:
            loose.append(field.place)
    return list(dict.fromkeys(exact or loose))


def _events(lineage: Lineage, written: str) -> list[Place]:
    if written.startswith("event:"):
        event, _, rest = written.removeprefix("event:").partition(".")
    elif written.startswith("events.") and not _is_table(lineage, written):
        event, _, rest = written.removeprefix("events.").partition(".")
    else:
        return []
    first, _, path = rest.partition(".")
    if first not in _CONTENT:
        path = rest
        first = "traits" if event in ("identify", "group", "traits") else "properties"
    event = "identify" if event == "traits" else event
    return [
        place
        for place in lineage.graph.steps
        if place.table == EVENTS
        and (event == ROWS or event in (events_of(place) or (event,)))
        and _fits(place, first, path, rest)
        and (rest or place.events)
    ]


def _fits(place: Place, root: str, path: str, rest: str) -> bool:
    if not rest:
        return True
    if place.column == root and _overlap(place.path, path):
        return True
    return place.column == rest


def _columns(lineage: Lineage, written: str) -> list[Place]:
    for table, rest in _tables(lineage, written):
        column, path = _parted(rest)
        for name in (column, f"{_entity(table)}_{column}") if column else ("",):
            found = [
                place
                for place in lineage.graph.steps
                if place.table == table
                and (not name or place.column.lower() == name.lower())
                and _overlap(place.path, path)
            ]
            if found:
                return found
    return []


def _parted(written: str) -> tuple[str, str]:
    """Return a column, and the path inside of it: ``refunds``, ``[].amount``."""
    column = re.split(r"[.\[]", written, maxsplit=1)[0]
    return column, written[len(column) :].removeprefix(".")


def _entity(table: str) -> str:
    """Return what a row is: ``order`` of ``orders`` and ``stg_shop__orders``."""
    plural = re.split(r"__|\.", table)[-1].lower()
    return f"{plural[:-3]}y" if plural.endswith("ies") else plural.removesuffix("s")


def _is_table(lineage: Lineage, written: str) -> bool:
    return any(name.startswith("events.") for name, _ in _tables(lineage, written))


def _tables(lineage: Lineage, written: str) -> Iterable[tuple[str, str]]:
    """Yield the tables that a name may begin with, and the rest of it."""
    for table in lineage.project.tables.values():
        for name in (table.name, f"{table.schema}.{table.alias}"):
            if written == name or written.startswith(f"{name}."):
                yield table.name, written[len(name) + 1 :]


def _overlap(path: str, asked: str) -> bool:
    """Whether one path is the other, or a part of it."""
    longer, shorter = (path, asked) if len(path) > len(asked) else (asked, path)
    rest = longer[len(shorter) :]
    return longer.startswith(shorter) and (not shorter or rest[:1] in ("", ".", "["))


def _known(lineage: Lineage) -> Iterable[str]:
    yield from (field.place.name for field in lineage.fields)
    for table, columns in lineage.columns.items():
        yield from (f"{table}.{column}" for column in columns)
    for place in lineage.graph.steps:
        if place.table == EVENTS and place.path:
            for event in events_of(place):
                yield f"event:{event}.{place.path}"
