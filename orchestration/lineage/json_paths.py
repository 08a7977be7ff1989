"""Paths inside of JSON, as queries write them."""

from __future__ import annotations

from sqlglot import exp

from orchestration.lineage.place import joined


def json_path(written: exp.Expr) -> str | None:
    """Return a path as ``data[0].price``; None for one that is computed."""
    if isinstance(written, exp.Literal):
        text = str(written.this)
        if text.startswith("/"):
            return text[1:].replace("/", ".")
        return text.removeprefix("$").removeprefix(".")
    if not isinstance(written, exp.JSONPath):
        return None
    path = ""
    for part in written.expressions:
        if isinstance(part, exp.JSONPathKey):
            path = joined(path, str(part.this))
        elif isinstance(part, exp.JSONPathSubscript | exp.JSONPathWildcard):
            number = part.this if isinstance(part, exp.JSONPathSubscript) else ""
            path += "[]" if str(number) in ("", "*") else f"[{number}]"
    return path
