"""Running a connection's transformations, so that a faulty one harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from activation.time_limit import seconds_from, within
from cdp.errors import Misconfigured, Rejected

Event = dict[str, Any]
Transform = Callable[[Event], Event | list[Event] | None]
FOLDER = "activation.transformations"
SECONDS = 5.0


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
    seconds_allowed()  # said now rather than at the first event
    return tuple((name, _find(name, place)) for name in names)


def _find(name: str, place: str) -> Transform:
    module_name = f"{FOLDER}.{name}"
    if not name.isidentifier() or find_spec(module_name) is None:
        raise Misconfigured(
            f"there is no transformation {name!r}",
            place=place,
            fix=f"Write activation/transformations/{name}.py, or remove the name",
        )
    try:
        found = getattr(import_module(module_name), "transform", None)
    except (Exception, SystemExit) as error:  # code of the company's own
        raise Misconfigured(
            f"the module cannot be imported ({type(error).__name__}: {error})",
            place=module_name,
            fix=f"Try python -m {module_name}",
        ) from error
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
            part
            for one in parts
            for part in _parts_of(_applied(name, transform, _copied(one)), one)
        ]
    return parts


def seconds_allowed() -> float:
    """Return how long one transformation of one event may take, or 5 s.

    Raises:
        Misconfigured: ``CDP_TRANSFORMATION_SECONDS`` is no number of seconds.
    """
    return seconds_from("CDP_TRANSFORMATION_SECONDS", SECONDS)


def _copied(value: Any) -> Any:
    """Return JSON that can be changed without changing the event it came from."""
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return value


def _applied(name: str, transform: Transform, event: Event) -> list[Event]:
    try:
        result = within(seconds_allowed(), transform, event)
    except TimeoutError as error:
        raise Rejected(f"transformation {name} took too long") from error
    except (Exception, SystemExit) as error:  # code of the company's own: all may come
        reason = f"transformation {name} failed ({type(error).__name__})"
        raise Rejected(reason) from error
    parts = result if isinstance(result, list) else [] if result is None else [result]
    if not all(isinstance(part, dict) for part in parts):
        raise Rejected(f"transformation {name} returned no event")
    return parts


def _parts_of(parts: list[Event], event: Event) -> list[Event]:
    """Return the parts of a split event, each with a message id of its own."""
    usual = str(event.get("messageId") or "")
    ids = [str(part.get("messageId") or usual) for part in parts]
    first: dict[str, int] = {}
    found = []
    for number, (part, own) in enumerate(zip(parts, ids, strict=True)):
        is_first = first.setdefault(own, number) == number
        unique = own if is_first else f"{own}:{number}"
        is_named = unique in {"", part.get("messageId")}
        found.append(part if is_named else {**part, "messageId": unique})
    return found
