"""Running a connection's transformations, so that a faulty one harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cdp.errors import Misconfigured, Rejected

Event = dict[str, Any]
Transform = Callable[[Event], Event | list[Event] | None]
FOLDER = "activation.transformations"


def find_transformations(
    names: Iterable[str], place: str
) -> tuple[tuple[str, Transform], ...]:
    """Return the transformations of these names, in order.

    Args:
        names: Modules in ``activation/transformations/``.
        place: Where the names stand, for the error.

    Raises:
        Misconfigured: There is no such module, or it has no ``transform``.
    """
    return tuple((name, _find(name, place)) for name in names)


def _find(name: str, place: str) -> Transform:
    module_name = f"{FOLDER}.{name}"
    if not name.isidentifier() or find_spec(module_name) is None:
        raise Misconfigured(
            f"there is no transformation {name!r}",
            place=place,
            fix=f"Write activation/transformations/{name}.py, or remove the name",
        )
    found = getattr(import_module(module_name), "transform", None)
    if not callable(found):
        raise Misconfigured(
            "the module has no function transform(event)", place=module_name
        )
    return found  # type: ignore[no-any-return]  # what it returns is checked below


def transformed(
    event: Event, transformations: Sequence[tuple[str, Transform]]
) -> list[Event]:
    """Return the event as the destination shall see it.

    Nothing where it shall not; several where a transformation splits it: each part
    keeps the message id of its own that it was given, or gets the event's with its
    number, so that the tool can tell a part that is sent twice.

    Raises:
        Rejected: A transformation failed on this event. The reason names it and the
            kind of error, never the error's text, which may quote personal data.
    """
    parts = [event]
    for name, transform in transformations:
        parts = [
            part for one in parts for part in _parts_of(_applied(name, transform, one))
        ]
    return parts


def _applied(name: str, transform: Transform, event: Event) -> list[Event]:
    try:
        result = transform(event)
    except Exception as error:  # code of the company's own: anything may come
        reason = f"transformation {name} failed ({type(error).__name__})"
        raise Rejected(reason) from error
    parts = result if isinstance(result, list) else [] if result is None else [result]
    if not all(isinstance(part, dict) for part in parts):
        raise Rejected(f"transformation {name} returned no event")
    return parts


def _parts_of(parts: list[Event]) -> list[Event]:
    """Return the parts of a split event, each with a message id of its own."""
    ids = [part.get("messageId") for part in parts]
    return [
        part if ids.index(own) == number else {**part, "messageId": f"{own}:{number}"}
        for number, (part, own) in enumerate(zip(parts, ids, strict=True))
    ]
