"""Values of the warehouse as JSON knows them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

# money keeps its digits: 12.30 stays 12.30, never a float
encode = msgspec.json.Encoder(decimal_format="number").encode
_AS_THEY_ARE = frozenset({str, int, float, bool, type(None), Decimal})


def plain(value: Any) -> Any:
    """Return a value as JSON writes it; times as ISO 8601 in UTC with milliseconds."""
    kind = type(value)
    if kind in _AS_THEY_ARE:  # nearly all values are: looked at first, and fast
        return value
    if kind is dict:
        return {key: plain(each) for key, each in value.items()}
    if kind is list:
        return [plain(each) for each in value]
    if kind is bytes:
        return base64.b64encode(value).decode()
    if kind is datetime:
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    return value.isoformat() if kind is date else str(value)


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with dotted names (``location.city``) as nested mappings."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return tree
