"""Data Docs that ask nobody for anything: one page per table and an index.

Great Expectations renders what was found; the frame around it, which would fetch style
sheets, scripts, fonts and a logo from other hosts, is replaced by one of our own, and
what is left of such links is cut. The page works offline and tells nobody that it was
opened.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>{{ style | safe }}</style></head><body>
<p><a href="index.html">All tables</a></p><h1>{{ title }}</h1>
{% for section in sections %}{% set section_loop = loop %}
{% include 'section.j2' %}{% endfor %}</body></html>
"""
_CUT = re.compile(
    r"<script\b.*?</script\s*>|<iframe\b.*?</iframe\s*>|<form\b.*?</form\s*>"
    r"|<link\b[^>]*>|<img\b[^>]*>|@import[^;]*;|url\(\s*['\"]?(?:https?:)?//[^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
# to other hosts, and to pages of a full Data Docs site that this one does not have
_DEAD_LINK = re.compile(
    r"<a\b[^>]*href=[\"'](?:(?:https?:)?//|\.\./|#)[^>]*>(.*?)</a\s*>", re.DOTALL
)
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; margin: 2rem auto;
  max-width: 72rem; padding: 0 1.5rem; background: #fff }
h1 { font-size: 1.5rem } h4, h5, h6, .h6 { margin: .4rem 0; font-weight: 600 }
h4 { font-size: 1.3rem } h5 { font-size: 1.1rem } h6, .h6 { font-size: 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.2rem }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #d9e2ec;
  vertical-align: top }
th { background: #f0f4f8 } a { color: #0b5cad }
.alert, .ge-section { padding: .4rem .8rem; border-radius: 6px }
.alert { background: #f0f4f8 } .badge { background: #d9e2ec; border-radius: 4px;
  padding: 0 .35rem; font-size: .9em }
.nav { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0 }
.fa-check-circle::before, .met::before { content: "✓ "; color: #18794e }
.fa-times::before, .failed::before { content: "✗ "; color: #b42318 }
.fa-exclamation-triangle::before, .errored::before { content: "! "; color: #9a6700 }
.fa-check-circle, .fa-times, .fa-exclamation-triangle { font-style: normal }
.sr-only, .collapse, [id$="-parent"] { display: none } .number { text-align: right }
"""


@dataclass(frozen=True, slots=True)
class DocumentedTable:
    """The line of a table in the index.

    Attributes:
        name: Schema and table.
        status: ``met``, ``failed`` or ``errored``: the worst of its expectations.
        rows: How many rows were looked at.
        expectations: How many expectations there are.
        unmet: Those that are not met, each as a sentence.
        checked_at: When, ISO 8601.
    """

    name: str
    status: str
    rows: int
    expectations: int
    unmet: tuple[str, ...]
    checked_at: str


def write_page(folder: Path, table: str, result: Any) -> Path:
    """Write the page of one table from a validation result of Great Expectations."""
    # imported here because it takes 4 s; by name because it declares no exports
    view: Any = import_module("great_expectations.render.view")
    renderer: Any = import_module("great_expectations.render.renderer")
    document = renderer.ValidationResultsPageRenderer().render(result)
    template = view.DefaultJinjaPageView().env.from_string(_PAGE)
    page = template.render(
        document.to_json_dict(), title=f"Expectations: {table}", style=STYLE
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{table}.html"
    path.write_text(without_outside_requests(page), encoding="utf-8")
    return path


def without_outside_requests(page: str) -> str:
    """Return the page without anything that a browser would fetch or follow out."""
    return _DEAD_LINK.sub(r"\1", _CUT.sub("", page))


def write_index(folder: Path, tables: Iterable[DocumentedTable]) -> Path:
    """Write the page that lists all tables with what was last found in them."""
    rows = "".join(_row(table) for table in tables)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Data Docs</title><style>{STYLE}</style></head><body>"
        "<h1>What was loaded, and whether it is as expected</h1>"
        "<table><thead><tr><th>Table</th><th>Last found</th>"
        '<th class="number">Rows looked at</th><th class="number">Expectations</th>'
        "<th>Not met</th><th>When (UTC)</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></body></html>",
        encoding="utf-8",
    )
    return path


def _row(table: DocumentedTable) -> str:
    name, when = html.escape(table.name), html.escape(table.checked_at)
    unmet = "<br>".join(html.escape(sentence) for sentence in table.unmet) or "none"
    return (
        f'<tr><td><a href="{name}.html">{name}</a></td>'
        f'<td class="{table.status}">{table.status}</td>'
        f'<td class="number">{table.rows:,}</td>'
        f'<td class="number">{table.expectations}</td><td>{unmet}</td>'
        f"<td>{when}</td></tr>"
    )
