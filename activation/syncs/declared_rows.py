"""What a sync declares of its rows: a model, a query or an analysis of dbt's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from activation.syncs.declaration import SyncMeta
from cdp.errors import Misconfigured
from cdp.quoting import quoted

_REF = re.compile(r"\{\{\s*ref\(\s*['\"](\w+)['\"]\s*\)\s*\}\}")


def model_of(
    meta: SyncMeta, nodes: Sequence[Mapping[str, Any] | None], place: str
) -> Mapping[str, Any]:
    """Return the model that a sync ships, of those that its exposure depends on.

    Raises:
        Misconfigured: It is not clear which.
    """
    models = [
        node for node in nodes if node is not None and meta.model in {"", node["name"]}
    ]
    if len(models) != 1:
        raise Misconfigured(
            f"it is not clear which of {len(models)} models is synced",
            place=f"{place}.model",
            fix="Name one model that the exposure depends on",
        )
    return models[0]


def query_of(
    meta: SyncMeta, nodes: Mapping[str, Mapping[str, Any]], place: str
) -> tuple[str, list[str]]:
    """Return a query with ``ref`` resolved, and what it reads by dbt's unique ids.

    More of Jinja is not understood here.

    Raises:
        Misconfigured: There is no such analysis or model, or more of Jinja.
    """
    named = {str(node["name"]): (key, node) for key, node in nodes.items()}
    read: list[str] = []
    text = meta.query
    if meta.analysis:
        _, found = named.get(meta.analysis, ("", {}))
        text = str(found.get("raw_code") or found.get("raw_sql") or "")
        if not text:
            raise Misconfigured(
                f"there is no analysis {meta.analysis!r}", place=f"{place}.analysis"
            )

    def relation(match: re.Match[str]) -> str:
        key, node = named.get(match.group(1), ("", {}))
        if "alias" not in node:
            raise Misconfigured(f"there is no model {match.group(1)!r}", place=place)
        read.append(key)
        return f"{quoted(node['schema'])}.{quoted(node['alias'])}"

    text = _REF.sub(relation, text)
    if "{{" in text or "{%" in text:
        raise Misconfigured("a query may use ref() and no more of Jinja", place=place)
    return text, read
