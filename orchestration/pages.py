"""Pages of HTML that ask nobody for anything: their styles are inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def write_page(template: Path, file: Path, **values: Any) -> None:
    """Write a page.

    Args:
        template: Jinja's; what it shows is escaped.
        file: Where it is written; folders are made.
        values: What the template names.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(template.name).render(values)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
