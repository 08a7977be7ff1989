"""Running a connection's transformations, so that a faulty one harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cdp.errors import Misconfigured, Rejected

Transform = Callable[[dict[str, Any]], dict[str, Any] | None]
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
    event: dict[str, Any], transformations: Sequence[tuple[str, Transform]]
) -> dict[str, Any] | None:
    """Return the event as the destination shall see it; None where it shall not.

    Raises:
        Rejected: A transformation failed on this event. The reason names it and the
            kind of error, never the error's text, which may quote personal data.
    """
    for name, transform in transformations:
        try:
            result = transform(event)
        except Exception as error:  # code of the company's own: anything may come
            reason = f"transformation {name} failed ({type(error).__name__})"
            raise Rejected(reason) from error
        if result is None:
            return None
        if not isinstance(result, dict):
            raise Rejected(f"transformation {name} returned no event")
        event = result
    return event
