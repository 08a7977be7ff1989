"""Computed traits: whose they are, over which window, and of whom they are known."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from cdp.text_table import text_table
from cdp.warehouse import open_snapshot
from orchestration.lineage.compiled import read_manifest

_WIDTH = 88
_HEADINGS = ("trait", "of", "owner", "window", "known of")


@dataclass(frozen=True, slots=True)
class ComputedTrait:
    """One column of a mart whose meta says who owns it and over which window it is.

    Attributes:
        name: The column.
        schema: Where the mart is.
        model: The mart.
        owner: Who answers for it.
        window: What it looks back over, in words.
        description: What it says.
    """

    name: str
    schema: str
    model: str
    owner: str
    window: str
    description: str


def computed_traits(settings: Settings) -> list[ComputedTrait]:
    """Return the computed traits of the models as dbt saw them last.

    Raises:
        Misconfigured: dbt has not been run.
    """
    file = settings.dbt_target_dir / "manifest.json"
    if not file.exists():
        raise Misconfigured(
            "dbt has not been run here", place=str(file), fix="Run `dbt build` first"
        )
    nodes = read_manifest(file)["nodes"].values()
    return [
        ComputedTrait(
            column["name"],
            node["schema"],
            node["name"],
            meta["owner"],
            meta["window"],
            column["description"].strip(),
        )
        for node in sorted(nodes, key=lambda node: str(node["name"]))
        if node["resource_type"] == "model"
        for column in node["columns"].values()
        if {"owner", "window"} <= (meta := column["config"].get("meta", {})).keys()
    ]


def describe_computed_traits(settings: Settings, name: str) -> Iterator[str]:
    """Return the list for a terminal; of one trait what it says, too.

    Raises:
        Misconfigured: dbt has not been run.
        Rejected: No trait has this name.
    """
    traits = [one for one in computed_traits(settings) if name in {"", one.name}]
    if not traits:
        raise Rejected(
            f"{name!r} is no computed trait", fix="`cdp traits --computed` lists them"
        )
    with open_snapshot(settings) as connection:
        rows = [
            (one.name, one.model, one.owner, one.window, _known(connection, one))
            for one in traits
        ]
    yield from text_table(_HEADINGS, rows).splitlines()
    if name:
        yield from ("", *textwrap.wrap(traits[0].description, _WIDTH))


def _known(connection: duckdb.DuckDBPyConnection, trait: ComputedTrait) -> str:
    try:
        row = connection.execute(
            f'select count("{trait.name}"), count(*)'  # noqa: S608 - dbt's own names
            f' from "{trait.schema}"."{trait.model}"'
        ).fetchone()
    except duckdb.Error:
        return "not built"
    known, customers = row or (0, 0)
    return f"{known / customers:.0%} of {customers:,}" if customers else "nobody yet"
