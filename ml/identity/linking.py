"""From records to ``predictions.probable_links``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec
import pandas as pd

from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml import predictions
from ml.identity.joining import Known, refusals
from ml.identity.matching import FLOOR, Matching, find_pairs
from ml.identity.people import FIELDS, matching_for, read_logins, read_people

_TELLING = frozenset({"phone", "email", "birth_date", "street", "company_name"})
"""What few people share. Beside a name one of these has to agree: a probability that
was learnt from few records may be high for two people of one common name."""
_NAMES = frozenset({"last_name", "company_name"})


@dataclass(frozen=True, slots=True)
class ProbableLink:
    """Two records that are likely one person's.

    Attributes:
        left: Kind and value of the first record's identifier.
        right: Kind and value of the second's.
        probability: That they are one person's, 0.5 to 1.
        weight: The same in bits: how much more likely than two people drawn at random.
        agreement: What agrees, in words.
        refusal_reason: Why it may not join people; None where it may.
        explanation: What was found; None where nothing is refused.
    """

    left: tuple[str, str]
    right: tuple[str, str]
    probability: float
    weight: float
    agreement: str
    refusal_reason: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """What a run has found.

    Attributes:
        record_count: Records that were compared.
        pair_count: Pairs at least as likely one person as two.
        known_count: Those of them that exact links have made one already.
        links: The others that have more than a name in common, the surest first.
    """

    record_count: int
    pair_count: int
    known_count: int
    links: tuple[ProbableLink, ...]


def link(settings: Settings) -> Linked:
    """Find probable links and replace ``predictions.probable_links`` with them.

    The same records give the same links.

    Raises:
        Misconfigured: Identity has not been built.
        Unavailable: Another process holds the warehouse.
    """
    with open_warehouse(settings, "read people") as connection:
        rows, logins = read_people(connection), read_logins(connection)
    matching = matching_for(rows)
    found = _find(rows, matching, logins) if matching else Linked(len(rows), 0, 0, ())
    with (
        open_warehouse(settings, "write probable links") as connection,
        predictions.transaction(connection),
    ):
        _write(connection, found, matching)
    return found


def _find(
    rows: pd.DataFrame, matching: Matching, logins: dict[str, frozenset[str]]
) -> Linked:
    pairs = find_pairs(rows.drop(columns="customer_id"), matching, FLOOR)
    customers = dict(zip(rows["unique_id"], rows["customer_id"], strict=True))
    compared = [_compared(row, matching) for row in pairs.to_dict("records")]
    apart = [one for one in compared if customers[one.left] != customers[one.right]]
    likely = [one for one in apart if one.agreement]
    likely.sort(key=lambda one: (-one.probability, -one.weight, one.left, one.right))
    judged = refusals(
        ((customers[one.left], customers[one.right]) for one in likely),
        Known(logins, _birth_dates(rows)),
    )
    return Linked(
        record_count=len(rows),
        pair_count=len(pairs),
        known_count=len(compared) - len(apart),
        links=tuple(map(_link, likely, judged)),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    left: str
    right: str
    probability: float
    weight: float
    agreement: str


def _compared(pair: dict[Any, Any], matching: Matching) -> _Compared:
    left, right = sorted((pair["unique_id_l"], pair["unique_id_r"]))
    # sums in another order differ in their last digits
    probability = round(float(pair["match_probability"]), 6)
    weight = round(float(pair["match_weight"]), 3)
    return _Compared(left, right, probability, weight, _agreement(pair, matching))


def _link(one: _Compared, refusal: tuple[str, str] | None) -> ProbableLink:
    reason, explanation = refusal or (None, None)
    return ProbableLink(
        _parted(one.left),
        _parted(one.right),
        one.probability,
        one.weight,
        one.agreement,
        reason,
        explanation,
    )


def _agreement(pair: dict[Any, Any], matching: Matching) -> str:
    """Say what agrees; nothing where that is too little to tell one person."""
    levels = {one.name: int(pair[f"gamma_{one.name}"]) for one in matching.fields}
    agreeing = {name for name, level in levels.items() if level > 0}
    if not agreeing & _NAMES or not (agreeing & _TELLING) or len(agreeing) == 1:
        return ""
    highest = {one.name: len(one.levels) + 1 for one in matching.fields}
    words = [
        f"{'same' if levels[one.name] == highest[one.name] else 'similar'}"
        f" {one.name.replace('_', ' ')}"
        for one in FIELDS
        if one.name in agreeing
    ]
    return ", ".join(words)


def _birth_dates(rows: pd.DataFrame) -> dict[str, frozenset[str]]:
    known = rows.dropna(subset=["birth_date"]).groupby("customer_id")["birth_date"]
    return {str(customer_id): frozenset(dates) for customer_id, dates in known}


def _parted(identifier: str) -> tuple[str, str]:
    kind, _, value = identifier.partition(":")
    return kind, value


def _write(
    connection: duckdb.DuckDBPyConnection, found: Linked, matching: Matching | None
) -> None:
    predictions.create_tables(connection)
    columns = list(predictions.TABLES["probable_links"])
    version = _version(matching)
    scored_at = datetime.now(UTC).replace(tzinfo=None)
    rows = pd.DataFrame(
        [(*row, version, scored_at) for row in _rows(found)], columns=columns
    )
    predictions.replace_rows(connection, "probable_links", rows)


def _rows(found: Linked) -> Iterator[tuple[object, ...]]:
    for one in found.links:
        yield (
            *one.left,
            *one.right,
            one.probability,
            one.weight,
            one.agreement,
            one.refusal_reason,
            one.explanation,
        )


def _version(matching: Matching | None) -> str:
    """Return a short name of how records were compared."""
    how = msgspec.json.encode(asdict(matching) if matching else None)
    return f"splink-{hashlib.sha256(how).hexdigest()[:8]}"
