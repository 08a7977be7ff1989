"""How the columns and codes of a file of order lines are to be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cdp.errors import Misconfigured
from cdp.yaml_text import read_yaml

MAPPINGS = Path(__file__).parent / "imports"
FIELDS = (
    *("invoice", "product", "name", "quantity", "ordered_at", "price"),
    *("customer", "country"),
)
PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class OrderMapping:
    """One file of ``ingestion/imports``.

    Attributes:
        name: What message ids begin with, so that a second import changes nothing.
        columns: The file's column for each of our fields.
        timezone: Of the file's local times.
        currency: ISO 4217.
        channel: The orders' channel.
        refund_prefix: Invoice numbers that begin with it are refunds.
        line_types: Pattern of a whole product id, and what such a line is.
        negative_quantity: What a product line is that takes away without a refund.
        countries: ISO 3166-1 alpha-2 code by the file's name of a country.
        path: The file it was read from.
    """

    name: str
    columns: Mapping[str, str]
    timezone: ZoneInfo
    currency: str
    channel: str
    refund_prefix: str
    line_types: tuple[tuple[re.Pattern[str], str], ...]
    negative_quantity: str
    countries: Mapping[str, str]
    path: Path

    def line_type(self, product_id: str, quantity: int, *, is_refund: bool) -> str:
        """Return what kind of line this is, such as ``product`` or ``postage``."""
        for pattern, kind in self.line_types:
            if pattern.fullmatch(product_id):
                return kind
        return self.negative_quantity if quantity < 0 and not is_refund else PRODUCT


def read_mapping(name_or_path: str) -> OrderMapping:
    """Read a mapping by its name in ``ingestion/imports``, or by its path.

    Raises:
        Misconfigured: There is no such file, or it is malformed.
    """
    path = MAPPINGS / f"{name_or_path}.yml"
    if not path.is_file():
        path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in MAPPINGS.glob("*.yml")))
        raise Misconfigured(
            f"there is no mapping {name_or_path!r}",
            place="--mapping",
            fix=f"Give the path of a YAML file, or one of: {known}",
        )
    document = read_yaml(path.read_text(encoding="utf-8"))
    try:
        return _mapping(document, path)
    except (KeyError, TypeError, re.error, ZoneInfoNotFoundError) as error:
        raise Misconfigured(
            f"not a mapping of order lines: {type(error).__name__} {error}",
            place=str(path),
            fix="See ingestion/imports/online_retail.yml for what belongs in it",
        ) from error


def _mapping(document: dict[str, Any], path: Path) -> OrderMapping:
    columns = {field: str(document["columns"][field]) for field in FIELDS}
    return OrderMapping(
        name=str(document["name"]),
        columns=columns,
        timezone=ZoneInfo(document["timezone"]),
        currency=str(document["currency"]),
        channel=str(document["channel"]),
        refund_prefix=str(document["refund_prefix"]),
        line_types=tuple(
            (re.compile(entry["pattern"]), str(entry["type"]))
            for entry in document["line_types"]
        ),
        negative_quantity=str(document["negative_quantity"]),
        countries=dict(document["countries"]),
        path=path,
    )
