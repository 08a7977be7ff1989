"""A preview as one page of HTML that asks nobody for anything."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.preview.preview import Preview
from orchestration.preview.text import counts_told

_TEMPLATE = "page.html"


def write_page(preview: Preview, file: Path) -> None:
    """Write the page, with its styles inside."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template(_TEMPLATE)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = template.render(preview=preview, counts_told=counts_told)
    file.write_text(text, encoding="utf-8")
