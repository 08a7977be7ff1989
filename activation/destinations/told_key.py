"""The key that a receiver is told of a row, to match the next one about it.

What takes any rows (a webhook, files) has the class attribute ``is_told_key``; its
``prepare`` and ``prepare_removal`` take the key by which the sync knows the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def told_key(
    field: str, fields: Mapping[str, Any], own_key: str | None
) -> dict[str, Any]:
    """Return what a row's body says of its key; nothing where none is known.

    Args:
        field: Of the row, which the sync names; "" where it names none.
        fields: Of the row.
        own_key: By which the sync itself knows the row.
    """
    if field:
        return {"key": fields.get(field)}
    return {} if own_key is None else {"key": own_key}
