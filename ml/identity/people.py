"""What systems say about people, one row a record, in a form that can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import duckdb
import pandas as pd

from cdp.errors import Misconfigured
from ml.identity.matching import Field, Matching

FIELDS = (
    Field("first_name", "winkler", (0.92, 0.8), by_frequency=True),
    Field("last_name", "winkler", (0.92, 0.8), by_frequency=True),
    Field("phone", "edits", (1,)),
    Field("email", "edits", (2,)),
    Field("birth_date", "edits", (1,)),
    Field("street", "winkler", (0.9,)),
    Field("postal_code", "equal"),
    Field("city", "winkler", (0.9,), by_frequency=True),
    Field("company_name", "winkler", (0.92,)),
)
BLOCKING = (
    ("phone",),
    ("email",),
    ("first_name", "last_name"),
    ("last_name", "birth_date"),
    ("last_name", "postal_code"),
    ("last_name", "city"),
    ("company_name",),
    ("street", "postal_code"),
)
TRAINING = (("email",), ("phone",), ("first_name", "last_name"), ("birth_date",))
_MOST_PAIRS = 20_000_000
"""A rule that would compare more pairs than this is left out."""
_LEAST_FILLED = 20
"""A column that fewer records have says nothing that could be learnt."""

_RECORDS = """
    select
        people.identifier_type, people.identifier_value, identities.customer_id,
        people.first_name, people.last_name, people.email, people.phone,
        people.birth_date, people.street, people.postal_code, people.city,
        people.company_name
    from intermediate.int_people_described as people
    inner join intermediate.int_identities_contracted as identities
        on people.identifier_type = identities.identifier_type
        and people.identifier_value = identities.identifier_value
    order by people.identifier_type, people.identifier_value
"""
_LOGINS = """
    select customer_id, list(identifier_value order by identifier_value)
    from intermediate.int_identities_contracted
    where identifier_type = 'user_id'
    group by customer_id
"""


def read_people(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the records of ``int_people_described``, normalised for comparison.

    Returns:
        One row per record: ``unique_id`` (kind and value of its identifier with a colon
        between), ``customer_id`` (who it is by exact links alone) and the columns of
        ``FIELDS``: lower case, without accents and signs; None where nothing is left.

    Raises:
        Misconfigured: Identity has not been built.
    """
    try:
        rows = connection.execute(_RECORDS).df()
    except duckdb.CatalogException as error:
        raise Misconfigured(
            "identity has not been built", place="intermediate", fix="Run `dbt build`"
        ) from error
    rows.insert(
        0, "unique_id", rows["identifier_type"] + ":" + rows["identifier_value"]
    )
    for field in FIELDS:
        form = _FORMS.get(field.name, _plain)
        rows[field.name] = [form(value) for value in rows[field.name]]
    return rows.drop(columns=["identifier_type", "identifier_value"])


def read_logins(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """Return the logins of each customer that has any, by exact links alone."""
    found = connection.execute(_LOGINS).fetchall()
    return {customer_id: frozenset(logins) for customer_id, logins in found}


def matching_for(rows: pd.DataFrame) -> Matching | None:
    """Return how these records can be compared; None where nothing can be learnt.

    Columns that hardly any record has are left out, as are rules that find no pair, or
    more pairs than can be compared in reasonable time.
    """
    fields = tuple(
        field
        for field in FIELDS
        if rows[field.name].notna().sum() >= _LEAST_FILLED
        and rows[field.name].nunique() > 1
    )
    names = {field.name for field in fields}

    def usable(rules: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        return tuple(
            rule
            for rule in rules
            if names.issuperset(rule) and 0 < _pair_count(rows, rule) <= _MOST_PAIRS
        )

    blocking, training = usable(BLOCKING), usable(TRAINING)
    return Matching(fields, blocking, training) if blocking and training else None


def _pair_count(rows: pd.DataFrame, columns: Sequence[str]) -> int:
    sizes = rows.dropna(subset=list(columns)).groupby(list(columns)).size()
    return int((sizes * (sizes - 1) // 2).sum())


def _plain(value: str | None) -> str | None:
    if not isinstance(value, str):
        return None
    letters = unicodedata.normalize("NFKD", value.lower())
    return re.sub(r"[^a-z0-9]+", " ", _without_accents(letters)).strip() or None


def _without_accents(text: str) -> str:
    return "".join(one for one in text if not unicodedata.combining(one))


def _digits(value: str | None) -> str | None:
    """Return a telephone number without country code: its last ten digits."""
    digits = re.sub(r"\D", "", value) if isinstance(value, str) else ""
    return digits[-10:] if len(digits) >= 7 else None


def _address(value: str | None) -> str | None:
    return value.strip().lower() or None if isinstance(value, str) else None


def _code(value: str | None) -> str | None:
    plain = _plain(value)
    return plain.replace(" ", "") if plain else None


_FORMS = {
    "phone": _digits,
    "email": _address,
    "postal_code": _code,
    "birth_date": _code,
}
