"""The guide's own questions, answered from what has just been built.

The queries are the project's ``analyses/``: what an analyst would run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import jinja2

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_snapshot


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that answer a question.

    Attributes:
        columns: Their names.
        rows: The first of them, as text.
        row_count: How many there are in all.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_count: int


def answer(
    settings: Settings,
    analysis: str,
    variables: Mapping[str, str] | None = None,
    *,
    shown: int = 5,
) -> Answer:
    """Run one of the project's analyses on the newest snapshot.

    Args:
        settings: The workspace; dbt has parsed or built it.
        analysis: The file's name in ``analyses/``, without ``.sql``.
        variables: What ``var()`` gives in it.
        shown: How many rows to return.

    Raises:
        Misconfigured: There is no such analysis, or nothing has been built.
    """
    query = render_analysis(settings, analysis, variables or {})
    with open_snapshot(settings) as connection:
        cursor = connection.execute(query)
        columns = tuple(str(column[0]) for column in cursor.description or ())
        found = cursor.fetchall()
    rows = tuple(tuple(_text(value) for value in row) for row in found[:shown])
    return Answer(columns, rows, len(found))


def render_analysis(
    settings: Settings, analysis: str, variables: Mapping[str, str]
) -> str:
    """Return the SQL of an analysis, its ``ref`` and ``var`` resolved as dbt would."""
    file = settings.project_dir / "analyses" / f"{analysis}.sql"
    manifest_file = settings.dbt_target_dir / "manifest.json"
    if not file.is_file() or not manifest_file.is_file():
        raise Misconfigured(
            "no such analysis" if manifest_file.is_file() else "nothing is built yet",
            place=str(file),
            fix="Run `cdp run` (or `dbt parse`) first",
        )
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    relations = {
        node["name"]: f'"{node["schema"]}"."{node["alias"]}"'
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
    }
    template = jinja2.Environment(autoescape=False).from_string(  # noqa: S701 - SQL
        file.read_text(encoding="utf-8")
    )
    return template.render(
        ref=relations.__getitem__,
        var=lambda name, default=None: variables.get(name, default),
    )


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    return text[:19] if _is_timestamp(text) else text


def _is_timestamp(text: str) -> bool:
    return len(text) >= 19 and text[4:5] == "-" and text[13:14] == ":"
