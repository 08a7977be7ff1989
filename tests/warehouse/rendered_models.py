"""A model's SQL without dbt, to hold it against many small cases at once."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, FileSystemLoader

from tests.warehouse.raw_warehouse import PROJECT


def rendered(model: str, macros: Mapping[str, object] | None = None) -> str:
    """Return a model's SQL; each ``ref('x')`` is the table x.

    Args:
        model: Path below models/.
        macros: What else the model calls, by name.
    """
    environment = Environment(  # noqa: S701 - SQL, not HTML
        loader=FileSystemLoader([PROJECT / "models", PROJECT / "macros"])
    )
    environment.globals.update(macros or {}, ref=lambda name: name)
    return environment.get_template(model).render()


def macro_of(path: str, name: str) -> object:
    """Return a macro that needs nothing of dbt's."""
    environment = Environment(loader=FileSystemLoader(PROJECT / "macros"))  # noqa: S701
    return getattr(environment.get_template(path).module, name)
